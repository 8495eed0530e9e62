# Copyright (c) mmaction-microaction contributors. All rights reserved.
import matplotlib
import numpy as np
import pytest

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import draw_confusion_matrix

GREY = '#e0e0e0'  # a row without clips
ORANGE = '#d95f02'  # around a group


@pytest.fixture
def share_of(tmp_path, like):
    """A function that draws and gives the share of pixels of a colour."""

    def share(colour, *args, **kwargs):
        draw_confusion_matrix(*args, str(tmp_path / 'c.png'), **kwargs)
        return like(tmp_path / 'c.png', colour).mean()

    return share


@pytest.mark.parametrize('normalize', [True, False])
@pytest.mark.parametrize('names, groups', [(MA52.groups, None),
                                           (MA52.names, MA52.group_of)])
def test_draws_both_levels(share_of, names, groups, normalize):
    rng = np.random.default_rng(0)
    matrix = np.diag(rng.integers(1, 9, len(names)))
    matrix[rng.integers(0, 7, 20), rng.integers(0, 7, 20)] += 1
    assert share_of(
        GREY, matrix, names, normalize=normalize, groups=groups) < 0.001


def test_marks_rows_without_clips(share_of):
    matrix = np.eye(4, dtype=int)
    matrix[2] = 0
    # One of the four rows of the square, which fills part of the picture.
    assert 0.02 < share_of(GREY, matrix, 'abcd') < 0.25
    share_of(GREY, [[0]], ['nodding'])  # no clip at all


def test_outlines_groups_and_leaves_matplotlib_alone(share_of):
    backend = matplotlib.rcParams._get('backend')
    matrix = np.eye(4, dtype=int)
    assert share_of(ORANGE, matrix, 'abcd') == 0
    assert share_of(ORANGE, matrix, 'abcd', groups=[0, 0, 1, 1]) > 0
    assert matplotlib.rcParams._get('backend') is backend


@pytest.mark.parametrize('size, groups, message',
                         [(3, None, r'\(2, 2\) for 2 names'),
                          (2, [1], 'a group for each of 2 names')])
def test_refuses(size, groups, message):
    with pytest.raises(ValueError, match=message):
        draw_confusion_matrix(np.eye(size), 'ab', 'unused.png', groups=groups)
