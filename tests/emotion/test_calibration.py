# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from scipy.special import softmax

from mmaction_microaction.emotion import (Feature, at_edge, fit_calibration,
                                          fit_model)

FEATURES = [Feature('rate', str(i)) for i in range(20)]
SHARES = np.array([0.6, 0.25, 0.15])
EVEN = np.full(3, 1 / 3)


def draw(people, seed):
    """Six sessions of each person, whose habits say nothing; the mean of a
    feature for each of three emotions is moved. The shares are exact."""
    rng = np.random.default_rng(seed)
    counts = np.rint(6 * people * SHARES).astype(int)
    labels = rng.permutation(np.repeat(range(3), counts))
    values = rng.normal(size=(len(labels), 20))
    values += np.repeat(0.5 * rng.normal(size=(people, 20)), 6, axis=0)
    values[np.arange(len(labels)), labels] += 1
    return values, labels, [f's{i // 6}' for i in range(len(labels))]


def test_mean_probability_is_the_share():
    """Of people whom nobody has seen; balanced scores alone would say 0.40,
    0.30, 0.31."""
    model = fit_model(*draw(40, 0), list('abc'), FEATURES)
    values, labels, _ = draw(300, 1)
    p = model.predict(values)
    np.testing.assert_allclose(p.mean(axis=0), SHARES, atol=0.05)
    # And in the parts that are sure of a class, or of none.
    for k in range(3):
        for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 1.01)):
            inside = (p[:, k] >= low) & (p[:, k] < high)
            gap = p[inside, k].mean() - (labels[inside] == k).mean()
            assert inside.sum() < 30 or abs(gap) < 0.1
    # Better than to say the shares of every session.
    own = p[np.arange(len(labels)), labels]
    assert -np.log(own).mean() < -np.log(SHARES[labels]).mean() - 0.03
    # A rare emotion is still chosen.
    recalls = [[(best[labels == k] == k).mean() for k in range(3)]
               for best in (model.choose(values), p.argmax(axis=1))]
    assert min(recalls[0]) > 0.4 > min(recalls[1])
    assert np.mean(recalls[0]) > np.mean(recalls[1]) + 0.05


@pytest.mark.parametrize('factor', [0.3, 1, 4])
def test_temperature_and_offset_are_the_true_ones(factor):
    rng = np.random.default_rng(0)
    logits, offset = rng.normal(0, 2, (4000, 3)), np.array([0.7, 0., -0.7])
    labels = [rng.choice(3, p=p) for p in softmax(logits + offset, axis=1)]
    shares = np.bincount(labels) / 4000
    found = fit_calibration(factor * logits, labels, shares)
    assert found.temperature == pytest.approx(factor, rel=0.1)
    assert not at_edge(found.temperature)
    np.testing.assert_allclose(
        found.offset - found.offset.mean(), offset, atol=0.1)
    p = softmax(factor * logits / found.temperature + found.offset, axis=1)
    np.testing.assert_allclose(p.mean(axis=0), shares, atol=0.02)


def test_few_sessions_none_and_the_edge():
    labels = np.arange(12) % 3
    logits = np.eye(3)[labels]
    # Twelve sessions without error: the prior holds the temperature.
    found = fit_calibration(logits, labels, EVEN)
    assert 0.2 < found.temperature < 1 and not at_edge(found.temperature)
    # An emotion that no fold could test keeps its share.
    found = fit_calibration(logits[:2], labels[:2], SHARES)
    assert softmax(found.offset)[2] > 0.1
    found = fit_calibration(logits[:0], [], SHARES)
    assert found.temperature == 1
    np.testing.assert_allclose(softmax(found.offset), SHARES)
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=3000)
    for logits in (0.01 * np.eye(3)[labels], rng.normal(0, 200, (3000, 3))):
        assert at_edge(fit_calibration(logits, labels, EVEN).temperature)
