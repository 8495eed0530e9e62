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

    def share(colour, matrix, names, **kwargs):
        draw_confusion_matrix(matrix, names, str(tmp_path / 'c.png'), **kwargs)
        return like(tmp_path / 'c.png', colour).mean()

    return share


@pytest.mark.parametrize('options', [
    dict(names=MA52.groups, normalize=False),
    dict(names=MA52.names, groups=MA52.group_of),
])
def test_only_rows_without_clips_are_grey(share_of, options):
    matrix = np.eye(len(options['names']), dtype=int)
    matrix[[1, 2], [3, 1]] = 7
    assert share_of(GREY, matrix, **options) < 0.001
    # One row of the square, which fills part of the picture.
    matrix[2] = 0
    assert 0.2 < share_of(GREY, matrix, **options) * len(matrix) < 1
    assert share_of(GREY, [[0]], ['nodding']) > 0.01


def test_outlines_groups_and_leaves_matplotlib_alone(share_of):
    backend = matplotlib.rcParams._get('backend')
    assert share_of(ORANGE, np.eye(4), 'abcd') == 0
    assert share_of(ORANGE, np.eye(4), 'abcd', groups=[0, 0, 1, 1]) > 0
    assert matplotlib.rcParams._get('backend') is backend


@pytest.mark.parametrize('size, groups, message',
                         [(3, None, r'\(2, 2\) for 2 names'),
                          (2, [1], 'a group for each of 2 names')])
def test_refuses(size, groups, message):
    with pytest.raises(ValueError, match=message):
        draw_confusion_matrix(np.eye(size), 'ab', 'unused.png', groups=groups)
