# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import combinations

import numpy as np
import pytest
import sklearn.metrics as sk

from mmaction_microaction.evaluation.functional import (  # isort: skip
    check_labels, confused_pairs, confusion_matrix, f1_score,
    precision_recall_f1, rank_classes)


def _random(num_clips, num_classes, seed, used=None):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, used or num_classes, num_clips)
    return rng.random((num_clips, num_classes)), labels


# (clips, classes, classes that occur among the labels): many, absent classes,
# one class alone, one clip.
@pytest.mark.parametrize('num_clips, num_classes, used', [(500, 52, 52),
                                                          (40, 52, 9),
                                                          (30, 7, 1),
                                                          (1, 52, 52)])
def test_all_equal_plain_counting_and_scikit_learn(num_clips, num_classes,
                                                   used):
    scores, labels = _random(num_clips, num_classes, 0, used)
    predictions = scores.argmax(axis=1)
    matrix = confusion_matrix(predictions, labels, num_classes)
    expected = np.zeros((num_classes, num_classes), int)
    for true, predicted in zip(labels, predictions):
        expected[true, predicted] += 1
    assert np.array_equal(matrix, expected) and matrix.dtype == np.int64
    for average in ('macro', 'micro'):
        assert f1_score(matrix, average) == pytest.approx(
            sk.f1_score(labels, predictions, average=average))
    hits, found, true = np.diag(matrix), matrix.sum(0), matrix.sum(1)
    plain = [[h / n if n else 0 for h, n in zip(top * hits, below)]
             for top, below in ((1, found), (1, true), (2, found + true))]
    np.testing.assert_allclose(precision_recall_f1(matrix), plain)


@pytest.mark.parametrize('values', [1, 2, 3])
def test_ties_equal_scikit_learn(values):
    scores, labels = _random(200, 9, seed=values)
    scores = np.floor(scores * values)
    for k in range(1, 10):
        found = (rank_classes(scores)[:, :k] == labels[:, None]).any(axis=1)
        assert found.mean() == pytest.approx(
            sk.top_k_accuracy_score(labels, scores, k=k, labels=range(9)))
    # F1 and the confusion matrix speak of the first rank, as top-1 does.
    first = rank_classes(scores)[:, 0]
    matrix = confusion_matrix(first, labels, 9)
    assert (first == labels).mean() == f1_score(matrix, 'micro')


def test_macro_leaves_out_classes_that_never_occur():
    # Class 0: always right. Class 1: only predicted. Class 2: only true.
    # Class 3: neither. F1 1 (2 hits), 0, 0, left out.
    matrix = confusion_matrix([0, 0, 1], [0, 0, 2], num_classes=4)
    assert f1_score(matrix, 'macro') == pytest.approx(1 / 3)
    assert f1_score(matrix, 'micro') == pytest.approx(2 / 3)


def test_rank_classes_is_stable_and_descending():
    assert rank_classes([[0.2, 0.5, 0.2, 0.5]]).tolist() == [[3, 1, 2, 0]]


@pytest.mark.parametrize('scores, text', [
    (np.zeros((0, 52)), 'non-empty'),
    (np.zeros(52), r'\(52,\)'),
    ([[0.0, 1.0], [np.nan, 0.0]], '1 of 2 clips hold NaN, first in row 1'),
])
def test_rank_classes_refuses(scores, text):
    with pytest.raises(ValueError, match=text):
        rank_classes(scores)


@pytest.mark.parametrize('labels, text', [
    ([0, 52], '0 to 51, but got 52 for clip 1'),
    ([-1, 0], 'got -1 for clip 0'),
    ([0], 'each of 2 clips'),
])
def test_check_labels_refuses(labels, text):
    with pytest.raises(ValueError, match=text):
        check_labels(labels, num_clips=2, num_classes=52)


def test_f1_refuses():
    with pytest.raises(ValueError, match="'weighted'"):
        f1_score(np.eye(2), 'weighted')
    with pytest.raises(ValueError, match='no clips'):
        f1_score(confusion_matrix([], [], 2))


def test_confused_pairs_by_hand():
    matrix = np.array([[9, 1, 0], [4, 9, 2], [0, 1, 9]])
    assert confused_pairs(matrix) == [(1, 0, 4, 1), (1, 2, 2, 1)]
    assert confused_pairs(matrix, 1) == [(1, 0, 4, 1)]
    pair = confused_pairs(matrix)[0]
    assert (pair.first_as_second, pair.second_as_first) == (4, 1)
    assert confused_pairs(np.eye(5, dtype=int)) == []
    assert confused_pairs(np.ones((3, 3)), 0) == []
    with pytest.raises(ValueError, match=r'\(K, K\), but got \(2, 3\)'):
        confused_pairs(np.zeros((2, 3)))
    with pytest.raises(ValueError, match='not be negative, but got -1'):
        confused_pairs(np.zeros((2, 2)), -1)


@pytest.mark.parametrize('seed', range(3))
def test_confused_pairs_against_every_pair(seed):
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
