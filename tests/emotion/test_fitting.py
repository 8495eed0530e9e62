# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmaction_microaction.emotion import bootstrap_evidence, fit_model
from mmaction_microaction.taxonomy import MA52


def test_planted_rule_is_recovered(planted, rule):
    """The four strongest rates of each emotion are of its own actions, and
    their intervals leave 0 out."""
    evidence = bootstrap_evidence(
        *planted.all[:3], fit_model(*planted.all), draws=40)
    assert len(evidence) == 4 * len(planted.features)
    found = 0
    for emotion, actions in rule.items():
        own = {MA52.names[i] for i in actions}
        right = [
            e.feature.what in own and 0 < e.low <= e.weight <= e.high
            for e in evidence
            if e.emotion == emotion and e.feature.kind == 'rate'
        ]
        assert all(right[:4]), emotion
        found += sum(right)
    assert all((e.verdict == 'for') == (e.low > 0) for e in evidence)
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
    expected = other.fit(values, labels).predict_proba(values)
    np.testing.assert_allclose(
        softmax(model.logits(values), axis=1), expected, atol=1e-6)
    np.testing.assert_allclose(model.weights.sum(axis=0), 0, atol=1e-4)


@pytest.mark.parametrize('classes, strength, message', [
    (['calm', 'joy'], 1, 'no session of joy'),
    (['calm'], 1, 'at least two emotions'),
    (['calm'], 0, 'strength'),
])
def test_bad_input(planted, classes, strength, message):
    with pytest.raises(ValueError, match=message):
        fit_model(planted.values[:2], [0, 0], ['p', 'q'], classes,
                  planted.features, strength)


def test_too_few_people(planted):
    few = [planted.labels.index(k) for k in range(4)]
    values, *names = planted.values[few], planted.classes, planted.features
    alone = fit_model(values, range(4), ['p'] * 4, *names)
    assert alone.facts['calibrated'] == 0 and alone.temperature == 1
    # Each emotion is another person's: hardly any draw has all of them.
    data = values, range(4), list('abcd')
    model = fit_model(*data, *names)
    for draws, message in ((1, 'at least 2 draws'),
                           (200, '4 subjects are too few')):
        with pytest.raises(ValueError, match=message):
            bootstrap_evidence(*data, model, draws)
