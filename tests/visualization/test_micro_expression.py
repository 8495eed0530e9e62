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
APEX = ONSET.copy()
APEX[:30, :30] += 40
MAPS = ExpressionMaps(r'$\frac{$ sub_01', ONSET, APEX,
                      [np.full((n, n), 0.5) for n in (28, 14, 7, 4)],
                      np.ones((4, 4)))


@pytest.fixture
def draw(tmp_path):
    """A function that draws rows and gives each of the eight pictures of a
    row, (H, 8, W, 3)."""

    def draw(*maps):
        draw_micro_expressions(maps, str(tmp_path / 'p.png'))
        picture = np.array(Image.open(tmp_path / 'p.png').convert('RGB'), int)
        width = picture.shape[1] // 8
        return picture[:, :8 * width].reshape(-1, 8, width, 3)

    return draw


def test_difference_has_a_sign():
    expected = np.pad(np.full((30, 30), 40.), ((0, 30), (0, 30)))
    np.testing.assert_array_equal(signed_difference(ONSET, APEX), expected)
    np.testing.assert_array_equal(signed_difference(APEX, ONSET), -expected)
    with pytest.raises(ValueError, match='one size'):
        signed_difference(ONSET, APEX[:30])


@pytest.mark.parametrize('clip, sign', [
    (MAPS, 1),
    (replace(MAPS, onset=APEX, apex=ONSET), -1),
])
def test_brighter_is_red_and_darker_blue(draw, clip, sign):
    picture = draw(clip)[:, 2]
    redness = sign * (picture[..., 0] - picture[..., 2])
    found, side = redness > 60, 1.5 * 110 / 2  # inches, dots per inch
    assert side**2 / 2 < found.sum() < side**2
    rows, columns = np.nonzero(found)
    area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    assert found.sum() > 0.95 * area and redness.min() > -60  # one square


def test_attention_shows_where_and_every_clip_has_a_row(draw):
    weights = np.zeros((7, 7))
    weights[6, 6] = 1  # the lower right corner
    attention = [*MAPS.attention[:2], weights, MAPS.attention[3]]
    peaked = draw(replace(MAPS, attention=attention))
    height, _, width, _ = peaked.shape
    rows, columns = np.nonzero(peaked[:, 5, :, 0] > peaked[:, 5, :, 2] + 80)
    assert columns.mean() > width / 2 and rows.mean() > height * 0.6
    assert len(draw(MAPS, MAPS, MAPS)) == pytest.approx(3 * height, abs=3)
    with pytest.raises(ValueError, match='no micro-expressions'):
        draw()
