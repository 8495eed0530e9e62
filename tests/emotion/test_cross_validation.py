# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, recall_score

from mmaction_microaction.emotion import (CrossValidation, cross_validate,
                                          subject_interval)


@pytest.fixture(scope='module')
def result(planted):
    return cross_validate(*planted.all, folds=4)


def test_unseen_people(result):
    scores = result.scores()
    assert scores['uar'] > 0.8 > 3 * scores['chance_uar']
    assert scores['ece'] < 0.15
    assert result.matrix.sum() == 48 and len(set(result.folds)) == 4
    # A subject is in one fold.
    assert len(set(zip(result.subjects, result.folds))) == 12
    low, high = subject_interval(result)['uar']
    assert 0.5 < low < scores['uar'] < high <= 1


def test_scores_against_scikit_learn():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 90)
    labels, best = rng.integers(3, size=(2, 90))
    result = CrossValidation(('a', 'b', 'c'), labels, tuple('pqrstuvwx' * 10),
                             np.zeros(90, int), best, p)
    scores = result.scores()
    truth = dict(
        uar=recall_score(labels, best, average='macro'),
        uf1=f1_score(labels, best, average='macro'))
    shares = np.tile(np.bincount(labels) / 90, (90, 1))
    for base, rows in (('', p), ('base_', shares)):
        truth[f'{base}log_loss'] = log_loss(labels, rows)
        truth[f'{base}brier'] = np.mean([((row - np.eye(3)[k])**2).sum()
                                         for row, k in zip(rows, labels)])
    assert {key: scores[key] for key in truth} == pytest.approx(truth)
    low, high = subject_interval(result)['accuracy']
    assert low < scores['accuracy'] < high


def test_reliability_by_hand():
    """Of every class: that the first one is right does not help the rest."""
    p = np.array([[0.95, 0.05, 0.], [0.91, 0.02, 0.07], [0.4, 0.6, 0.]])
    labels = np.array([0, 2, 1])
    result = CrossValidation(('a', 'b', 'c'), labels, ('p', 'q', 'r'),
                             np.arange(3), labels, p)
    assert result.reliability() == dict(
        a=[(1, 0.4, 0), (2, pytest.approx(0.93), 0.5)],
        b=[(2, pytest.approx(0.035), 0), (1, 0.6, 1)],
        c=[(3, pytest.approx(0.07 / 3), 1 / 3)])
    scores = result.scores()
    errors = [(0.4 + 2 * 0.43) / 3, (2 * 0.035 + 0.4) / 3, 1 / 3 - 0.07 / 3]
    assert [scores[f'ece_{k}'] for k in 'abc'] == pytest.approx(errors)
    assert scores['ece'] == pytest.approx(np.mean(errors))


def test_what_is_to_be_told_beside_the_scores(result):
    assert result.doubts() == [] and min(result.calibrated) >= 30
    few = replace(
        result,
        subjects=tuple('abc' * 16),
        calibrated=(0, 30, 0, 30),
        temperatures=(1., 20., 1., 0.05))
    bare, edge, people = few.doubts()
    assert 'of 2 of 4 folds are not calibrated' in bare
    assert 'of 2 of 4 folds is at the edge' in edge
    assert '3 subjects mean little' in people
    report = json.loads(json.dumps(few.report(subject_interval(few))))
    assert 'diagnosis' in report['notice'] and report['subjects'] == 3
    assert report['doubts'] == few.doubts()
    assert report['mean_probabilities'] == pytest.approx(
        result.probabilities.mean(axis=0).tolist())


def test_nobody_to_calibrate_or_to_train_on(planted):
    values, labels, subjects, *names = planted.all
    # Of two people one is left to train on: nobody to test that on.
    result = cross_validate(values[:8], labels[:8], subjects[:8], *names)
    assert result.calibrated == (0, 0) and len(result.doubts()) == 2
    # Every emotion is another person's.
    with pytest.raises(ValueError, match="without p0 no session with 'calm'"):
        cross_validate(values, labels, [f'p{k}' for k in labels], *names)
