# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import combinations

import numpy as np
import pytest

from mmaction_microaction.evaluation import confused_pairs


def test_by_hand():
    matrix = np.array([[9, 1, 0], [4, 9, 2], [0, 1, 9]])
    assert confused_pairs(matrix) == [(1, 0, 4, 1), (1, 2, 2, 1)]
    assert confused_pairs(matrix, 1) == [(1, 0, 4, 1)]
    pair = confused_pairs(matrix)[0]
    assert (pair.first_as_second, pair.second_as_first) == (4, 1)


@pytest.mark.parametrize('seed', range(3))
def test_against_every_pair(seed):
    matrix = np.random.default_rng(seed).integers(0, 3, (12, 12))
    expected = []
    for a, b in combinations(range(12), 2):
        total = matrix[a][b] + matrix[b][a]
        if total:
            expected.append((-total, a, b))
    found = confused_pairs(matrix, 1000)
    assert [(-p.first_as_second - p.second_as_first, *sorted(p[:2]))
            for p in found] == sorted(expected)
    for p in found:
        assert p.first_as_second == matrix[p.first, p.second]
        assert p.second_as_first == matrix[p.second, p.first]
        assert p.first_as_second >= p.second_as_first


def test_nothing_confused():
    assert confused_pairs(np.eye(5, dtype=int)) == []
    assert confused_pairs(np.ones((3, 3)), 0) == []


def test_refuses():
    with pytest.raises(ValueError, match=r'\(K, K\), but got \(2, 3\)'):
        confused_pairs(np.zeros((2, 3)))
    with pytest.raises(ValueError, match='not be negative, but got -1'):
        confused_pairs(np.zeros((2, 2)), -1)
