# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import combinations

import numpy as np
import pytest
import sklearn.metrics as sk

from mmaction_microaction.evaluation.functional import (  # isort: skip
    body_maxima, check_labels, confused_pairs, confusion_matrix, f1_score,
    mean_average_precision, multilabel_f1_macro, precision_recall_f1,
    rank_classes)
from mmaction_microaction.taxonomy import MA52


def _random(num_clips, num_classes, used, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, used, num_clips)
    return rng.random((num_clips, num_classes)), labels


# (clips, classes, classes that occur among the labels): many, absent classes,
# one class alone, one clip.
@pytest.mark.parametrize('num_clips, num_classes, used', [(500, 52, 52),
                                                          (40, 52, 9),
                                                          (30, 7, 1),
                                                          (1, 52, 52)])
def test_all_equal_plain_counting(num_clips, num_classes, used):
    scores, labels = _random(num_clips, num_classes, used)
    predictions = scores.argmax(axis=1)
    matrix = confusion_matrix(predictions, labels, num_classes)
    expected = np.zeros((num_classes, num_classes), int)
    np.add.at(expected, (labels, predictions), 1)
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
    scores, labels = _random(200, 9, 9, values)
    scores = np.floor(scores * values)
    for k in range(1, 10):
        found = (rank_classes(scores)[:, :k] == labels[:, None]).any(axis=1)
        assert found.mean() == pytest.approx(
            sk.top_k_accuracy_score(labels, scores, k=k, labels=range(9)))


@pytest.mark.parametrize('function, args, text', [
    (rank_classes, [np.zeros((0, 52))], 'non-empty'),
    (rank_classes, [np.zeros(52)], r'\(52,\)'),
    (rank_classes, [[[0, 1.], [np.nan, 0]]], '1 of 2 clips hold NaN, first in '
     'row 1'),
    (check_labels, [[0, 52], 2, 52], '0 to 51, but got 52 for clip 1'),
    (check_labels, [[-1, 0], 2, 52], 'got -1 for clip 0'),
    (check_labels, [[0], 2, 52], 'each of 2 clips'),
    (f1_score, [np.eye(2), 'weighted'], "'weighted'"),
    (f1_score, [confusion_matrix([], [], 2)], 'no clips'),
])
def test_refuses(function, args, text):
    with pytest.raises(ValueError, match=text):
        function(*args)


def test_confused_pairs_against_every_pair():
    matrix = np.random.default_rng(0).integers(0, 3, (12, 12))
    both = matrix + matrix.T
    expected = sorted((-both[pair], *pair)
                      for pair in combinations(range(12), 2) if both[pair])
    found = confused_pairs(matrix, 1000)
    assert [(-x - y, *sorted(pair)) for *pair, x, y in found] == expected
    assert all(matrix[a, b] == x >= y == matrix[b, a] for a, b, x, y in found)
    assert confused_pairs(matrix, 3) == found[:3]
    assert confused_pairs(matrix, 0) == confused_pairs(np.eye(5)) == []


def _random_targets(seed, levels=0):
    """``levels``: how many different scores, 0 for no ties."""
    rng = np.random.default_rng(seed)
    targets = rng.random((60, 52)) < 0.06
    targets[:, ::5] = False  # absent classes
    scores = np.clip(rng.random(targets.shape) + 0.2 * targets - 0.3, 0, 1)
    if levels:
        scores = np.floor(scores * levels) / levels
    return scores, targets.astype(int)


def _plain_ap(scores, targets):
    """Gain in recall times precision, over the different scores."""
    total, before = 0., 0
    for score in sorted(set(scores), reverse=True):
        hits = targets[scores >= score].sum()
        total += (hits - before) * hits / (scores >= score).sum()
        before = hits
    return total / before


@pytest.mark.parametrize('levels', [0, 2, 5])
def test_many_labels_equal_a_plain_loop(levels):
    scores, targets = _random_targets(levels, levels=levels)
    present = targets.any(axis=0)
    assert 0 < present.sum() < 52
    expected = np.mean(list(map(_plain_ap, scores.T[present],
                                targets.T[present])))  # yapf: disable
    order = np.random.default_rng(1).permutation(len(scores))
    for x, y in ((scores, targets), (scores[order], targets[order])):
        assert mean_average_precision(x, y) == pytest.approx(expected)
    for threshold in (0.5, 0.2):
        found = scores >= threshold
        both, total = (found & targets).sum(0), (found + targets).sum(0)
        f1 = multilabel_f1_macro(scores, targets, threshold)
        assert f1 == pytest.approx(
            (2 * both[total > 0] / total[total > 0]).mean())


def test_no_label_at_all():
    nothing = np.zeros((2, 3))
    assert mean_average_precision(nothing + 1, nothing) == 0
    assert multilabel_f1_macro(nothing, nothing) == 0


def test_body_maxima():
    for values in _random_targets(3):
        for part, found in enumerate(body_maxima(values).T):
            its = values[:, MA52.group_index == part]
            assert (found == its.max(axis=1)).all()
    few = MA52.subset(['nodding', 'head up', 'patting legs'])
    assert body_maxima([[0.2, 0.5, 0.3]],
                       few).tolist() == [[0, 0.5, 0, 0, 0, 0, 0.3]]


@pytest.mark.parametrize('scores, targets, text', [
    (np.ones((2, 3)), np.ones((2, 2)), r'\(2, 3\) and \(2, 2\)'),
    (np.ones(3), np.ones(3), r'\(3,\)'),
    (np.ones((2, 2)), [[0, 1], [0, 2]], r'row 1 is \[0, 2\]'),
])
def test_many_labels_refuse(scores, targets, text):
    for function in (mean_average_precision, multilabel_f1_macro):
        with pytest.raises(ValueError, match=text):
            function(scores, targets)
