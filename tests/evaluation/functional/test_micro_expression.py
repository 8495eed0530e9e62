# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation import (pool_folds, score_counts,
                                             unweighted_scores)

NAMES = ('negative', 'positive', 'very surprised')
NAN = float('nan')


# TP 6, FP 2, FN 2; TP 3, FP 1, FN 2; TP 2, FP 1, FN 0. Then the third class
# does not occur, is only predicted.
@pytest.mark.parametrize('matrix, f1, recalls', [
    ([[6, 1, 1], [2, 3, 0], [0, 0, 2]], [3 / 4, 6 / 9, 4 / 5], [.75, .6, 1]),
    ([[3, 1, 0], [0, 2, 0], [0] * 3], [6 / 7, 4 / 5, NAN], [3 / 4, 1]),
    ([[3, 0, 1], [0, 2, 0], [0] * 3], [6 / 7, 1, 0], [3 / 4, 1]),
])
def test_by_hand(matrix, f1, recalls):
    expected = dict(
        uf1=np.nanmean(f1),
        uar=np.mean(recalls),
        accuracy=np.trace(matrix) / np.sum(matrix),
        f1_negative=f1[0],
        f1_positive=f1[1],
        f1_very_surprised=f1[2])
    scores = unweighted_scores(matrix, NAMES)
    assert scores == pytest.approx(expected, nan_ok=True)
    assert list(scores) == list(expected)


def fold(source, subject, matrix):
    return dict(
        classes=['a', 'b'],
        confusion=matrix,
        subjects={subject: matrix},
        sources={source: matrix})


def test_folds_of_two_data_sets():
    folds = [
        fold('samm', 'samm/006', [[2, 1], [0, 0]]),
        fold('casme2', 'casme2/sub01', [[0, 0], [3, 1]]),
        fold('samm', 'samm/007', [[1, 0], [1, 4]])
    ]
    counts = pool_folds(folds)
    assert counts['confusion'] == [[3, 1], [4, 5]]
    assert list(counts['subjects']) == ['casme2/sub01', 'samm/006', 'samm/007']
    assert counts['sources'] == dict(
        casme2=[[0, 0], [3, 1]], samm=[[3, 1], [1, 4]])
    # Pooling twice is pooling once.
    assert pool_folds([pool_folds(folds[:2]), folds[2]]) == counts
    scores = score_counts(counts)
    expected = dict(
        accuracy=8 / 13,
        uar=(3 / 4 + 5 / 9) / 2,
        uf1=(6 / 11 + 10 / 15) / 2,
        samm_uf1=(6 / 8 + 8 / 10) / 2,
        casme2_accuracy=1 / 4)
    assert {key: scores[key] for key in expected} == pytest.approx(expected)
    # Of one data set there is nothing to tell apart.
    alone = score_counts(pool_folds([folds[0], folds[2]]))
    assert set(alone) == {'uf1', 'uar', 'accuracy', 'f1_a', 'f1_b'}


ONE = fold('samm', 'samm/006', [[1, 0], [0, 1]])


@pytest.mark.parametrize('folds, text', [
    ([], 'no folds'),
    ([ONE, ONE], 'samm/006 is tested in two'),
    ([ONE, dict(ONE, classes=['a', 'c'], subjects={})], 'cannot be pooled'),
    ([dict(ONE, confusion=[[1]])], '2 x 2 classes'),
    ([dict(ONE, confusion=[[.5, 0], [0, 1]])], 'whole numbers'),
    ([dict(ONE, confusion=[[-1, 0], [0, 1]])], 'whole numbers'),
    ([dict(ONE, confusion=[[0, 0], [0, 0]])], 'no clip'),
])
def test_refuses(folds, text):
    with pytest.raises(ValueError, match=text):
        score_counts(pool_folds(folds))
