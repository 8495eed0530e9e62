# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from PIL import Image

from mmaction_microaction.emotion import Evidence, Feature
from mmaction_microaction.visualization import draw_evidence, draw_reliability


def test_pictures(tmp_path):
    rows = [
        Evidence(emotion, Feature(*feature), weight, weight - 0.2,
                 weight + 0.2)
        for emotion, weight in (('calm', 0.5), ('joy', -0.1))
        for feature in (('rate', 'nodding'), ('share', 'lower limb'),
                        ('together', 'head + lower limb'))
    ]
    assert [row.verdict for row in rows] == ['for'] * 3 + [''] * 3
    sizes = []
    for emotions in (rows[:3], rows):
        path = tmp_path / f'{len(emotions)}.png'
        draw_evidence(emotions, str(path), number=3)
        sizes.append(Image.open(path).size[1])
    assert sizes[1] > sizes[0]  # a panel for each emotion
    path = tmp_path / 'r.png'
    draw_reliability(
        dict(calm=[(3, 0.5, 0.4), (9, 0.95, 1.)], joy=[(12, 0.2, 0.1)]),
        str(path))
    picture = Image.open(path).convert('L')
    assert picture.getextrema()[0] < 100 < picture.getextrema()[1]
    for draw, nothing, message in ((draw_evidence, [],
                                    'no feature'), (draw_reliability,
                                                    dict(calm=[]), 'no bin')):
        with pytest.raises(ValueError, match=message):
            draw(nothing, str(path))
