# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation import (check_counts,
                                             micro_expression_scores,
                                             pool_counts, pool_folds,
                                             score_counts)

NAMES = ('negative', 'positive', 'very surprised')


def test_by_hand():
    matrix = np.array([[6, 1, 1], [2, 3, 0], [0, 0, 2]])
    scores = micro_expression_scores(matrix, NAMES)
    assert list(scores) == [
        'uf1', 'uar', 'accuracy', 'f1_negative', 'f1_positive',
        'f1_very_surprised'
    ]
    # TP 6, FP 2, FN 2; TP 3, FP 1, FN 2; TP 2, FP 1, FN 0.
    f1 = [12 / 16, 6 / 9, 4 / 5]
    assert list(scores.values())[3:] == pytest.approx(f1)
    assert scores['uf1'] == pytest.approx(np.mean(f1))
    assert scores['uar'] == pytest.approx(np.mean([6 / 8, 3 / 5, 1]))
    assert scores['accuracy'] == pytest.approx(11 / 15)


def test_pooled_counts_are_not_the_mean_of_folds():
    """Two subjects; the first has no surprise, the second nothing else."""
    folds = [
        np.array([[4, 0, 0], [0, 1, 0], [0, 0, 0]]),
        np.array([[0, 0, 0], [0, 0, 0], [2, 1, 1]])
    ]
    pooled = pool_counts(folds)
    assert pooled.sum() == sum(fold.sum() for fold in folds) == 9
    scores = micro_expression_scores(pooled, NAMES)
    by_hand = np.mean([2 * 4 / (2 * 4 + 2), 2 / (2 + 1), 2 / (2 + 3)])
    assert scores['uf1'] == pytest.approx(by_hand)
    assert scores['uar'] == pytest.approx(np.mean([1, 1, 1 / 4]))
    means = [micro_expression_scores(fold, NAMES) for fold in folds]
    assert np.mean([x['uf1'] for x in means]) != pytest.approx(by_hand)
    assert np.mean([x['uar'] for x in means]) != pytest.approx(scores['uar'])


def test_classes_that_do_not_occur():
    # No surprise at all: UF1 and UAR speak of the other two.
    scores = micro_expression_scores([[3, 1, 0], [0, 2, 0], [0] * 3], NAMES)
    assert scores['uf1'] == pytest.approx(np.mean([6 / 7, 4 / 5]))
    assert scores['uar'] == pytest.approx(np.mean([3 / 4, 1]))
    assert np.isnan(scores['f1_very_surprised'])
    # Only predicted: F1 is 0, and there is no recall.
    scores = micro_expression_scores([[3, 0, 1], [0, 2, 0], [0] * 3], NAMES)
    assert scores['f1_very_surprised'] == 0
    assert scores['uf1'] == pytest.approx(np.mean([6 / 7, 1, 0]))
    assert scores['uar'] == pytest.approx(np.mean([3 / 4, 1]))


def test_errors():
    with pytest.raises(ValueError, match='no clip'):
        micro_expression_scores(np.zeros((3, 3)), NAMES)
    with pytest.raises(ValueError, match='3 x 3 classes'):
        micro_expression_scores(np.ones((2, 2)), NAMES)
    with pytest.raises(ValueError, match='no folds'):
        pool_counts([])
    with pytest.raises(ValueError, match='2 x 2'):
        pool_counts([np.ones((2, 2)), np.ones((3, 3))])
    for wrong in ([[.5]], [[-1]]):
        with pytest.raises(ValueError, match='whole numbers'):
            check_counts(wrong, 1)


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
    assert scores['accuracy'] == pytest.approx(8 / 13)
    assert scores['uar'] == pytest.approx((3 / 4 + 5 / 9) / 2)
    assert scores['samm_uf1'] == pytest.approx((6 / 8 + 8 / 10) / 2)
    assert scores['casme2_accuracy'] == pytest.approx(1 / 4)
    # Of one data set there is nothing to tell apart.
    alone = score_counts(pool_folds([folds[0], folds[2]]))
    assert set(alone) == {'uf1', 'uar', 'accuracy', 'f1_a', 'f1_b'}


def test_folds_that_do_not_go_together():
    one = fold('samm', 'samm/006', [[1, 0], [0, 1]])
    with pytest.raises(ValueError, match='no folds'):
        pool_folds([])
    with pytest.raises(ValueError, match='samm/006 is tested in two'):
        pool_folds([one, one])
    with pytest.raises(ValueError, match='cannot be pooled'):
        pool_folds([one, dict(one, classes=['a', 'c'], subjects={})])
