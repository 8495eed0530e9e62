# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, recall_score

from mmaction_microaction.emotion import (CrossValidation, cross_validate,
                                          subject_interval)


@pytest.fixture(scope='module')
def result(planted):
    return cross_validate(
        planted.values,
        planted.labels,
        planted.subjects,
        planted.classes,
        planted.features,
        folds=4)


def test_unseen_people(result, planted):
    scores = result.scores()
    assert scores['uar'] > 0.8 > 3 * scores['chance_uar']
    assert scores['ece'] < 0.15
    assert result.matrix.sum() == 48 and len(set(result.folds)) == 4
    # A subject is in one fold.
    assert len(set(zip(result.subjects, result.folds))) == 12
    low, high = subject_interval(result)['uar']
    assert 0.5 < low < scores['uar'] < high <= 1


def test_nothing_is_learned_from_shuffled_emotions(planted):
    labels = np.random.default_rng(0).permutation(planted.labels)
    scores = cross_validate(
        planted.values,
        labels,
        planted.subjects,
        planted.classes,
        planted.features,
        folds=4).scores()
    assert scores['uar'] < 0.45
    # Calibration says that it does not know, too: 1.386 is ln 4.
    assert scores['log_loss'] < 1.6


def test_scores_against_scikit_learn():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 90)
    labels = rng.integers(3, size=90)
    result = CrossValidation(('a', 'b', 'c'), labels, tuple('pqrstuvwx' * 10),
                             np.zeros(90, int), p)
    scores, best = result.scores(), p.argmax(axis=1)
    assert scores['uar'] == pytest.approx(
        recall_score(labels, best, average='macro'))
    assert scores['uf1'] == pytest.approx(
        f1_score(labels, best, average='macro'))
    assert scores['log_loss'] == pytest.approx(log_loss(labels, p))
    brier = np.mean([((row - np.eye(3)[k])**2).sum()
                     for row, k in zip(p, labels)])
    assert scores['brier'] == pytest.approx(brier)
    low, high = subject_interval(result)['accuracy']
    assert low < scores['accuracy'] < high


def test_reliability_by_hand():
    p = np.array([[0.95, 0.05], [0.91, 0.09], [0.4, 0.6]])
    result = CrossValidation(('a', 'b'), np.array([0, 1, 1]), ('p', 'q', 'r'),
                             np.arange(3), p)
    (n6, c6, a6), (n9, c9, a9) = result.reliability()
    assert (n6, c6, a6) == (1, 0.6, 1)
    assert (n9, c9, a9) == (2, pytest.approx(0.93), 0.5)
    expected = (1 * 0.4 + 2 * 0.43) / 3
    assert result.scores()['ece'] == pytest.approx(expected)


def test_bad_input(planted):
    common = (planted.classes, planted.features)
    with pytest.raises(ValueError, match='at least two subjects'):
        cross_validate(planted.values, planted.labels, ['p'] * 48, *common)
    # Every emotion another person's.
    owners = [f'p{k}' for k in planted.labels]
    with pytest.raises(ValueError, match="no session with 'calm' is left"):
        cross_validate(planted.values, planted.labels, owners, *common)
