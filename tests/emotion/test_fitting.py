# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmaction_microaction.emotion import (bootstrap_evidence, feature_list,
                                          fit_model)
from mmaction_microaction.taxonomy import MA52


@pytest.fixture(scope='module')
def model(planted):
    return fit_model(*planted.all)


def test_planted_rule_is_recovered(planted, model, rule):
    """The four strongest rates of each emotion are of its own actions, and
    their intervals leave 0 out."""
    evidence = bootstrap_evidence(*planted.all[:3], model, draws=40)
    assert len(evidence) == 4 * len(planted.features)
    found = 0
    for emotion, actions in rule.items():
        own = {MA52.names[i] for i in actions}
        rates = [
            e for e in evidence
            if e.emotion == emotion and e.feature.kind == 'rate'
        ]
        for e in rates[:4]:
            assert e.feature.what in own and e.verdict == 'for', emotion
            assert e.low <= e.weight <= e.high
        found += sum(e.verdict == 'for' and e.feature.what in own
                     for e in rates)
    assert found >= 18  # of 20


@pytest.mark.parametrize('classes', [2, 4])
def test_logits_are_scikit_learns(planted, classes):
    chosen = np.array(planted.labels) < classes
    values, labels, subjects = (np.array(x)[chosen] for x in planted.all[:3])
    model = fit_model(values, labels, subjects.tolist(),
                      planted.classes[:classes], planted.features, 0.1)
    other = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=0.1, class_weight='balanced', max_iter=1000))
    other.fit(values, labels)
    np.testing.assert_allclose(
        softmax(model.logits(values), axis=1),
        other.predict_proba(values),
        atol=1e-6)
    np.testing.assert_allclose(model.weights.sum(axis=0), 0, atol=1e-4)


def test_one_subject_is_not_calibrated(planted):
    model = fit_model(*(x[:4] for x in planted.all[:2]), ['p'] * 4,
                      *planted.all[3:])
    assert model.facts['calibrated'] == 0 and model.temperature == 1


def test_bad_input(planted, model):
    values, features = planted.values, planted.features
    for classes, message in ((['calm', 'joy'], 'no session of joy'),
                             (['calm'], 'at least two emotions')):
        with pytest.raises(ValueError, match=message):
            fit_model(values[:2], [0, 0], ['p', 'q'], classes, features)
    with pytest.raises(ValueError, match='strength'):
        fit_model(*planted.all, strength=0)
    with pytest.raises(ValueError, match='at least 2 draws'):
        bootstrap_evidence(*planted.all[:3], model, 1)
    # Each emotion is another person's: hardly any draw has all of them.
    few = [planted.labels.index(k) for k in range(4)]
    lonely = fit_model(values[few], range(4), list('abcd'), planted.classes,
                       feature_list())
    with pytest.raises(ValueError, match='4 subjects are too few'):
        bootstrap_evidence(values[few], range(4), list('abcd'), lonely)
