# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmaction_microaction.visualization import (ExpressionMaps,
                                                draw_micro_expressions,
                                                signed_difference)

# A grey face in which a corner became brighter; flat maps but for one with a
# peak in the lower right corner. The title is no formula.
ONSET = np.full((60, 60, 3), 100, np.uint8)
CORNER = np.pad(np.full((30, 30), 40, np.uint8), ((0, 30), (0, 30)))
APEX = ONSET + CORNER[..., None]
ATTENTION = [np.full((n, n), 0.5) for n in (28, 14, 7, 4)]
ATTENTION[2][:] = np.diag([0] * 6 + [1])
MAPS = ExpressionMaps(r'$\frac{$ sub_01', ONSET, APEX, ATTENTION,
                      np.ones((4, 4)))


@pytest.fixture
def redness(tmp_path):
    """A function that draws rows and gives how much more red than blue there
    is in the eight pictures of each, (H, 8, W)."""

    def redness(*maps):
        draw_micro_expressions(maps, str(tmp_path / 'p.png'))
        picture = np.array(Image.open(tmp_path / 'p.png').convert('RGB'), int)
        width = picture.shape[1] // 8
        found = picture[:, :8 * width, 0] - picture[:, :8 * width, 2]
        return found.reshape(-1, 8, width)

    return redness


@pytest.mark.parametrize('onset, apex, sign', [(ONSET, APEX, 1),
                                               (APEX, ONSET, -1)])
def test_brighter_is_red_and_darker_blue(redness, onset, apex, sign):
    difference = signed_difference(onset, apex)
    assert (difference == sign * CORNER.astype(int)).all()
    shown = sign * redness(replace(MAPS, onset=onset, apex=apex))[:, 2]
    found, side = shown > 60, 1.5 * 110 / 2  # inches, dots per inch
    assert side**2 / 2 < found.sum() < side**2 and shown.min() > -60
    rows, columns = np.nonzero(found)
    area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    assert found.sum() > 0.95 * area  # one square


def test_attention_shows_where_and_every_clip_has_a_row(redness):
    peaked = redness(MAPS)
    height, _, width = peaked.shape
    rows, columns = np.nonzero(peaked[:, 5] > 80)
    assert columns.mean() > width / 2 and rows.mean() > height * 0.6
    assert len(redness(MAPS, MAPS, MAPS)) == pytest.approx(3 * height, abs=3)
    with pytest.raises(ValueError, match='no micro-expressions'):
        redness()
    with pytest.raises(ValueError, match='one size'):
        signed_difference(ONSET, APEX[:30])
