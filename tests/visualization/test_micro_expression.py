# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmaction_microaction.visualization import (ExpressionMaps,
                                                draw_micro_expressions,
                                                signed_difference)


@pytest.fixture
def maps():
    """A grey face in which a corner became brighter; flat maps."""
    onset = np.full((60, 60, 3), 100, np.uint8)
    apex = onset.copy()
    apex[:30, :30] += 40
    attention = [np.full((size, size), 0.5) for size in (28, 14, 7, 4)]
    return ExpressionMaps('a clip', onset, apex, attention, np.ones((4, 4)))


def pixels(path):
    return np.asarray(Image.open(path).convert('RGB')).astype(int)


def draw(maps, path):
    draw_micro_expressions([maps], str(path))
    return pixels(path)


def test_difference_has_a_sign(maps):
    difference = signed_difference(maps.onset, maps.apex)
    expected = np.zeros((60, 60))
    expected[:30, :30] = 40
    np.testing.assert_allclose(difference, expected)
    np.testing.assert_allclose(
        signed_difference(maps.apex, maps.onset), -expected)
    with pytest.raises(ValueError, match='one size'):
        signed_difference(maps.onset, maps.apex[:30])


def test_brighter_is_red_and_darker_blue(maps, tmp_path):
    """The third of eight pictures; a quarter of it has a colour."""
    swapped = replace(maps, onset=maps.apex, apex=maps.onset)
    for clip, strong, weak in ((maps, 0, 2), (swapped, 2, 0)):
        picture = draw(clip, tmp_path / 'p.png')
        width = picture.shape[1] // 8
        picture = picture[:, 2 * width:3 * width]
        found = picture[..., strong] - picture[..., weak] > 60
        side = 1.5 * 110 / 2  # inches, dots per inch
        assert side**2 / 2 < found.sum() < side**2
        rows, columns = np.nonzero(found)
        area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert found.sum() > 0.95 * area  # one square
        assert not (picture[..., weak] - picture[..., strong] > 60).any()


def test_attention_shows_where(maps, tmp_path):
    flat = draw(maps, tmp_path / 'a.png')
    weights = np.zeros((7, 7))
    weights[6, 6] = 1  # the lower right corner
    attention = [*maps.attention[:2], weights, maps.attention[3]]
    peaked = draw(replace(maps, attention=attention), tmp_path / 'b.png')
    assert flat.shape == peaked.shape
    column = flat.shape[1] / 8
    bright = peaked.sum(2) * (peaked[..., 0] > peaked[..., 2] + 80)
    rows, columns = np.nonzero(bright)
    here = (columns > 5 * column) & (columns < 6 * column)
    assert here.any()
    assert columns[here].mean() > 5.5 * column
    assert rows[here].mean() > flat.shape[0] * 0.6


def test_rows_and_titles(maps, tmp_path):
    maps = replace(maps, title=r'$\frac{$ sub_01')  # no formula
    one = draw(maps, tmp_path / 'a.png')
    draw_micro_expressions([maps] * 3, str(tmp_path / 'c.png'))
    three = pixels(tmp_path / 'c.png')
    assert three.shape[0] == pytest.approx(3 * one.shape[0], abs=3)
    assert three.shape[1] == one.shape[1]


def test_nothing_to_draw(tmp_path):
    with pytest.raises(ValueError, match='no micro-expressions'):
        draw_micro_expressions([], str(tmp_path / 'p.png'))
