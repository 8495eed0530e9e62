# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.emotion.folds import (missing_classes,
                                                require_classes, subject_folds)

SUBJECTS = list('aabbccdd')
LABELS = np.array([0, 1] * 4)


@pytest.mark.parametrize('folds', [None, 2, 4])
def test_nobody_is_on_both_sides(folds):
    found = subject_folds(SUBJECTS, LABELS, folds)
    assert len(found) == (folds or 4)
    tested = np.concatenate([test for _, test in found])
    assert sorted(tested) == list(range(8))
    for train, test in found:
        assert sorted([*train, *test]) == list(range(8))
        assert not {SUBJECTS[i] for i in train} & {SUBJECTS[i] for i in test}


def test_more_folds_than_sessions_of_a_class():
    found = subject_folds(list('abcdef'), [0, 1, 2, 0, 1, 2], 4)
    assert sorted(np.concatenate([test for _, test in found])) == [*range(6)]


@pytest.mark.parametrize('folds, subjects, message', [
    (None, ['a'] * 8, "at least two subjects.*'a'"),
    (5, SUBJECTS, '2 to 4'),
    (1, SUBJECTS, '2 to 4'),
])
def test_too_few_subjects(folds, subjects, message):
    with pytest.raises(ValueError, match=message):
        subject_folds(subjects, LABELS, folds)


def test_classes_of_a_fold():
    labels = np.array([0, 1, 0, 0, 0, 0, 0, 0])  # only a has the second one
    assert missing_classes(labels[2:], 2) == [1]
    folds = subject_folds(SUBJECTS, labels)
    message = "without the subject a no session with 'joy'.*one class only"
    with pytest.raises(ValueError, match=message):
        for fold in folds:
            require_classes(fold, SUBJECTS, labels, ['calm', 'joy'])
