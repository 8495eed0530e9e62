# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What must not get from one person's sessions into another's result."""
import numpy as np
import pytest

from mmaction_microaction.emotion import (CrossValidation, Feature,
                                          bootstrap_evidence, cross_validate,
                                          fit_model, subject_interval)
from mmaction_microaction.emotion.fitting import subject_folds

FEATURES = [Feature('rate', str(i)) for i in range(40)]
NAMES = ('calm', 'joy'), FEATURES


def habits(people, sessions, seed):
    """People with one emotion each, which says nothing of what they do: all
    sessions of a person are alike."""
    rng = np.random.default_rng(seed)
    person = rng.normal(size=(people, len(FEATURES)))
    labels = np.repeat(np.arange(people) % 2, sessions)
    values = np.repeat(person, sessions, axis=0)
    values = values + 0.3 * rng.normal(size=values.shape)
    return values, labels, [f's{i // sessions}' for i in range(len(labels))]


def test_calibration_is_on_people_who_were_left_out():
    """On other sessions of the same people the model is always right."""
    values, labels, subjects = habits(16, 4, 0)
    model = fit_model(values, labels, subjects, *NAMES)
    assert (model.choose(values) == labels).all() and model.temperature > 1
    values, labels, _ = habits(200, 1, 1)
    own = model.predict(values)[np.arange(len(labels)), labels]
    assert -np.log(own).mean() < np.log(2) + 0.05


def test_cross_validation_is_of_people_who_were_left_out():
    """Each fold's model is that of its training part, to the last bit."""
    values, labels, subjects = habits(12, 3, 0)
    values[labels == 1, 0] += 2
    values[:3, 1] = 1e3  # one person's, far from the others
    result = cross_validate(values, labels, subjects, *NAMES, 4)
    for train, test in subject_folds(subjects, labels, 4):
        model = fit_model(values[train], labels[train],
                          [subjects[i] for i in train], *NAMES)
        for found, wanted in ((result.probabilities, model.predict),
                              (result.predictions, model.choose)):
            assert (found[test] == wanted(values[test])).all()
    scores = cross_validate(*habits(24, 4, 0), *NAMES, 6).scores()
    assert scores['uar'] < 0.7
    assert scores['log_loss'] < scores['base_log_loss'] + 0.1


def test_saying_it_four_times_is_no_evidence():
    """The same sessions of the same people again: the same intervals."""
    numbers = []
    for times in (1, 4):
        data = [np.repeat(x, times, axis=0) for x in habits(12, 1, 0)]
        # The same sum of losses.
        model = fit_model(*data, *NAMES, strength=0.2 / times)
        evidence = bootstrap_evidence(*data, model, draws=30)
        numbers.append([e[2:] for e in sorted(evidence)])
    np.testing.assert_allclose(*numbers, atol=1e-3)


def test_more_sessions_of_the_same_people_make_no_interval_smaller():
    rng = np.random.default_rng(0)
    labels, subjects = np.arange(16) % 2, [f's{i // 2}' for i in range(16)]
    best = np.where(rng.random(16) < 0.7, labels, 1 - labels)
    once, often = [
        subject_interval(
            CrossValidation(NAMES[0], np.repeat(labels, times),
                            tuple(np.repeat(subjects, times)),
                            np.zeros(16 * times, int), np.repeat(best, times),
                            np.full((16 * times, 2), 0.5))) for times in (1, 5)
    ]
    for key, (low, high) in once.items():
        assert often[key] == pytest.approx((low, high)) and high - low > 0.2


# The last row: more folds than sessions of a class.
@pytest.mark.parametrize('subjects, labels, folds, count', [
    ('aabbccdd', [0, 1] * 4, None, 4),
    ('aabbccdd', [0, 1] * 4, 2, 2),
    ('aabbccdd', [0, 1] * 4, 4, 4),
    ('abcdef', [0, 1, 2] * 2, 4, 4),
])
def test_nobody_is_on_both_sides(subjects, labels, folds, count):
    found, everyone = subject_folds(list(subjects), labels, folds), []
    assert len(found) == count
    for train, test in found:
        everyone.extend(test)
        assert sorted([*train, *test]) == list(range(len(subjects)))
        assert not {subjects[i] for i in train} & {subjects[i] for i in test}
    assert sorted(everyone) == list(range(len(subjects)))


@pytest.mark.parametrize('subjects, folds, message', [
    ('aaaaaaaa', None, "at least two subjects.*'a'"),
    ('aabbccdd', 5, '2 to 4'),
    ('aabbccdd', 1, '2 to 4'),
])
def test_too_few_subjects(subjects, folds, message):
    with pytest.raises(ValueError, match=message):
        subject_folds(list(subjects), [0, 1] * 4, folds)
