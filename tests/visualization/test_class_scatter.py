# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mmaction_microaction.labels import ACTION_NAMES, ACTION_TO_BODY
from mmaction_microaction.visualization import BODY_COLOURS, draw_class_scatter
from mmaction_microaction.visualization.class_scatter import far_from_trend


def test_far_from_trend():
    x = np.arange(10.)
    y = 2 * x + 1
    y[7] += 5
    y[2] -= 3
    assert far_from_trend(x, y, 2).tolist() == [7, 2]
    assert len(far_from_trend(x, y, 99)) == 10
    # No trend to speak of: far from the mean.
    assert far_from_trend(np.ones(3), np.array([1., 2., 9.]), 1) == [2]


@pytest.mark.parametrize('counts', [
    np.geomspace(1, 3000, 52).astype(int),
    np.full(52, 40),
    np.arange(52) - 0,
    np.zeros(52, int)
])
def test_every_body_part_has_its_colour(tmp_path, counts):
    path = tmp_path / 's.png'
    f1 = np.random.default_rng(0).random(52)
    draw_class_scatter(counts, f1, ACTION_NAMES, ACTION_TO_BODY, str(path))
    image = np.asarray(Image.open(path).convert('RGB')).reshape(-1, 3)
    for colour in BODY_COLOURS:
        wanted = 255 * np.array(to_rgb(colour))
        assert (np.abs(image - wanted) < 2).all(axis=1).sum() > 20


def test_refuses(tmp_path):
    with pytest.raises(ValueError, match='at least one class'):
        draw_class_scatter([], [], [], [], str(tmp_path / 's.png'))
    with pytest.raises(ValueError, match=r'\[2, 1, 1, 1\]'):
        draw_class_scatter([1, 2], [1], ['a'], [0], str(tmp_path / 's.png'))
