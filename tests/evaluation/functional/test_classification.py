# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import sklearn.metrics as sk

from mmaction_microaction.evaluation.functional import (  # isort: skip
    check_labels, confusion_matrix, f1_score, precision_recall_f1,
    rank_classes)


def _random(num_clips, num_classes, seed, used=None):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, used or num_classes, num_clips)
    return rng.random((num_clips, num_classes)), labels


# (clips, classes, classes that occur among the labels): many, absent classes,
# one class alone, one clip.
CASES = [(500, 52, 52), (40, 52, 9), (30, 7, 1), (1, 52, 52)]


@pytest.mark.parametrize('num_clips, num_classes, used', CASES)
@pytest.mark.parametrize('seed', range(3))
def test_all_equal_scikit_learn(num_clips, num_classes, used, seed):
    scores, labels = _random(num_clips, num_classes, seed, used)
    predictions = scores.argmax(axis=1)
    matrix = confusion_matrix(predictions, labels, num_classes)
    every = range(num_classes)
    assert np.array_equal(
        matrix, sk.confusion_matrix(labels, predictions, labels=every))
    for average in ('macro', 'micro'):
        assert f1_score(matrix, average) == pytest.approx(
            sk.f1_score(labels, predictions, average=average))
    expected = sk.precision_recall_fscore_support(
        labels, predictions, labels=every, zero_division=0)
    for ours, theirs in zip(precision_recall_f1(matrix), expected):
        assert np.allclose(ours, theirs)


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
    assert np.array_equal(matrix,
                          sk.confusion_matrix(labels, first, labels=range(9)))
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


def test_bad_arguments():
    with pytest.raises(ValueError, match="'weighted'"):
        f1_score(np.eye(2), 'weighted')
    with pytest.raises(ValueError, match='no clips'):
        f1_score(np.zeros((2, 2), int))
