# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmaction_microaction.visualization import (ExpressionMaps,
                                                draw_micro_expressions,
                                                signed_difference)

# A grey face in which a corner became brighter; flat maps. The title is no
# formula.
ONSET = np.full((60, 60, 3), 100, np.uint8)
APEX = ONSET + 40 * np.pad(
    np.ones((30, 30, 3), np.uint8), ((0, 30), (0, 30), (0, 0)))
MAPS = ExpressionMaps(r'$\frac{$ sub_01', ONSET, APEX,
                      [np.full((n, n), 0.5) for n in (28, 14, 7, 4)],
                      np.ones((4, 4)))


@pytest.fixture
def draw(tmp_path):
    """A function that draws rows and gives the pixels."""

    def draw(*maps):
        draw_micro_expressions(maps, str(tmp_path / 'p.png'))
        picture = Image.open(tmp_path / 'p.png').convert('RGB')
        return np.asarray(picture).astype(int)

    return draw


def test_difference_has_a_sign():
    expected = np.zeros((60, 60))
    expected[:30, :30] = 40
    np.testing.assert_array_equal(signed_difference(ONSET, APEX), expected)
    np.testing.assert_array_equal(signed_difference(APEX, ONSET), -expected)
    with pytest.raises(ValueError, match='one size'):
        signed_difference(ONSET, APEX[:30])


@pytest.mark.parametrize('clip, strong, weak', [
    (MAPS, 0, 2),
    (replace(MAPS, onset=APEX, apex=ONSET), 2, 0),
])
def test_brighter_is_red_and_darker_blue(draw, clip, strong, weak):
    """The third of eight pictures; a quarter of it has a colour."""
    picture = draw(clip)
    width = picture.shape[1] // 8
    picture = picture[:, 2 * width:3 * width]
    found = picture[..., strong] - picture[..., weak] > 60
    side = 1.5 * 110 / 2  # inches, dots per inch
    assert side**2 / 2 < found.sum() < side**2
    rows, columns = np.nonzero(found)
    area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    assert found.sum() > 0.95 * area  # one square
    assert not (picture[..., weak] - picture[..., strong] > 60).any()


def test_attention_shows_where_and_every_clip_has_a_row(draw):
    weights = np.zeros((7, 7))
    weights[6, 6] = 1  # the lower right corner
    attention = [*MAPS.attention[:2], weights, MAPS.attention[3]]
    peaked = draw(replace(MAPS, attention=attention))
    height, column = peaked.shape[0], peaked.shape[1] // 8
    sixth = peaked[:, 5 * column:6 * column]
    rows, columns = np.nonzero(sixth[..., 0] > sixth[..., 2] + 80)
    assert columns.mean() > column / 2 and rows.mean() > height * 0.6
    three = draw(*[MAPS] * 3)
    assert three.shape == (pytest.approx(3 * height, abs=3), *peaked.shape[1:])
    with pytest.raises(ValueError, match='no micro-expressions'):
        draw()
