# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from PIL import Image

from mmaction_microaction.emotion import Evidence, Feature
from mmaction_microaction.visualization import draw_evidence, draw_reliability


def test_pictures(tmp_path):
    rows = [
        Evidence(emotion, Feature('rate', what), weight, weight - 0.2,
                 weight + 0.2)
        for emotion, weight in (('calm', 0.5), ('joy', -0.1))
        for what in ('nodding', 'lower limb', 'head + lower limb')
    ]
    assert [row.verdict for row in rows] == ['for'] * 3 + [''] * 3
    path, heights = str(tmp_path / 'a.png'), []
    for shown in (rows[:3], rows):
        draw_evidence(shown, path, number=3)
        heights.append(Image.open(path).height)
    assert heights[1] > heights[0]  # a panel for each emotion
    draw_reliability(
        dict(calm=[(3, 0.5, 0.4), (9, 0.95, 1.)], joy=[(12, 0.2, 0.1)]), path)
    darkest, brightest = Image.open(path).convert('L').getextrema()
    assert darkest < 100 < brightest


@pytest.mark.parametrize('draw, nothing, message',
                         [(draw_evidence, [], 'no feature'),
                          (draw_reliability, dict(calm=[]), 'no bin')])
def test_nothing_to_draw(draw, nothing, message):
    with pytest.raises(ValueError, match=message):
        draw(nothing, 'unused.png')
