# Copyright (c) mmaction-microaction contributors. All rights reserved.
import matplotlib
import numpy as np
import pytest

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import draw_confusion_matrix


@pytest.mark.parametrize('names, groups, normalize', [
    (MA52.groups, None, False),
    (MA52.names, MA52.group_of, True),
])
def test_rows_without_clips_are_grey_and_groups_outlined(
        tmp_path, like, names, groups, normalize):
    path, backend = str(tmp_path /
                        'c.png'), matplotlib.rcParams._get('backend')

    def shares(matrix, names, *args):
        draw_confusion_matrix(matrix, names, path, normalize, *args)
        return [like(path, x).mean() for x in ('#e0e0e0', '#d95f02')]

    matrix = np.eye(len(names), dtype=int)
    matrix[[1, 2], [3, 1]] = 7
    grey, orange = shares(matrix, names, groups)
    assert grey < 0.001 and (orange > 0) == (groups is not None)
    # One row of the square, which fills part of the picture.
    matrix[2] = 0
    assert 0.2 < shares(matrix, names, groups)[0] * len(matrix) < 1
    assert shares([[0]], ['nodding'])[0] > 0.01
    assert matplotlib.rcParams._get('backend') is backend


@pytest.mark.parametrize('size, groups, message',
                         [(3, None, r'\(2, 2\) for 2 names'),
                          (2, [1], 'a group for each of 2 names')])
def test_refuses(size, groups, message):
    with pytest.raises(ValueError, match=message):
        draw_confusion_matrix(np.eye(size), 'ab', 'unused.png', groups=groups)
