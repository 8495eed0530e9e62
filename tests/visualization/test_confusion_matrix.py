# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import matplotlib
import numpy as np
import pytest

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import draw_confusion_matrix

GREY = 224  # a row without clips


def _count(path, color):
    image = cv2.imread(str(path))
    return (np.abs(image.astype(int) - color) < 3).all(axis=-1).mean()


@pytest.mark.parametrize('normalize', [True, False])
def test_draws_both_levels(tmp_path, normalize):
    rng = np.random.default_rng(0)
    for names, groups in ((MA52.groups, None), (MA52.names, MA52.group_of)):
        path = tmp_path / f'{len(names)}.png'
        matrix = np.diag(rng.integers(1, 9, len(names)))
        matrix[rng.integers(0, 7, 20), rng.integers(0, 7, 20)] += 1
        draw_confusion_matrix(matrix, names, str(path), normalize, groups)
        height, width = cv2.imread(str(path)).shape[:2]
        assert min(height, width) > 100 * len(names)**0.5
        assert _count(path, GREY) < 0.001


def test_marks_rows_without_clips(tmp_path):
    matrix = np.eye(4, dtype=int)
    matrix[2] = 0
    path = tmp_path / 'absent.png'
    draw_confusion_matrix(matrix, 'abcd', str(path))
    # One of the four rows of the square, which fills part of the picture.
    assert 0.02 < _count(path, GREY) < 0.25


def test_outlines_groups(tmp_path):
    orange = [0x02, 0x5f, 0xd9]  # BGR
    shares = []
    for groups in (None, [0, 0, 1, 1], [0, 1, 0, 1]):
        path = tmp_path / 'groups.png'
        draw_confusion_matrix(
            np.eye(4, dtype=int), 'abcd', str(path), groups=groups)
        shares.append(_count(path, orange))
    assert shares[0] == 0 < shares[1]


def test_empty_matrix_and_one_class(tmp_path):
    path = tmp_path / 'one.png'
    draw_confusion_matrix([[0]], ['nodding'], str(path))
    assert path.stat().st_size > 0


def test_leaves_matplotlib_alone(tmp_path):
    backend = matplotlib.rcParams._get('backend')
    draw_confusion_matrix([[1]], ['nodding'], str(tmp_path / 'a.png'))
    assert matplotlib.rcParams._get('backend') is backend


def test_refuses():
    with pytest.raises(ValueError, match=r'\(2, 2\) for 2 names'):
        draw_confusion_matrix(np.eye(3), 'ab', 'unused.png')
    with pytest.raises(ValueError, match='a group for each of 2 names'):
        draw_confusion_matrix(np.eye(2), 'ab', 'unused.png', groups=[1])
