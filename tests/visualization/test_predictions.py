# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from PIL import Image

from mmaction_microaction.visualization import (BODY_COLOURS, PredictedClip,
                                                draw_predictions)


def clip(label=None, colour=200):
    scores = np.full(52, 0.001)
    scores[9] = 0.9
    frames = np.full((8, 60, 50, 3), colour, np.uint8)
    return PredictedClip('a clip.mp4', frames, scores, label)


@pytest.mark.parametrize('number', [1, 3])
def test_the_picture_shows_frames_and_bars(number, tmp_path):
    path = str(tmp_path / 'p.png')
    draw_predictions([clip(9)] * number, path)
    pixels = np.asarray(Image.open(path).convert('RGB')).reshape(-1, 3)
    # The frames' grey, and the (lightened) colour of the head's bar.
    assert (pixels == 200).all(1).mean() > 0.2
    colour = np.array([int(BODY_COLOURS[1][i:i + 2], 16) for i in (1, 3, 5)])
    light = 0.6 * colour + 0.4 * 255
    assert (np.abs(pixels - light).max(1) < 3).mean() > 0.02


def test_a_label_changes_the_picture(tmp_path):
    for name, label in (('a', None), ('b', 9), ('c', 10)):
        draw_predictions([clip(label)], str(tmp_path / f'{name}.png'))
    assert len({p.read_bytes() for p in tmp_path.glob('*.png')}) == 3


def test_nothing_to_draw(tmp_path):
    with pytest.raises(ValueError, match='no clips'):
        draw_predictions([], str(tmp_path / 'p.png'))
