# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Splits of sessions by subject.

A model that is tested on people it was trained on knows their habits: nobody
is on both sides here.
"""
import warnings
from typing import List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError

#: Indices of the training and of the test sessions.
Fold = Tuple[np.ndarray, np.ndarray]


def subject_folds(subjects: Sequence[str],
                  labels: Sequence[int],
                  folds: Optional[int] = None,
                  seed: int = 0) -> List[Fold]:
    """Split so that every session is tested once: training and test indices.

    The folds balance the labels; without a number of ``folds`` each subject
    is left out once.

    Raises:
        ValueError: If there are fewer than two subjects, or fewer than folds.
    """
    number = len(set(subjects))
    if number < 2:
        raise UserError(
            'a test on people who were not in the training needs at least two '
            f'subjects, but there is {number}: {sorted(set(subjects))}')
    if folds is not None and not 2 <= folds <= number:
        raise UserError(f'folds must be 2 to {number}, the number of '
                        f'subjects, but got {folds}')
    # Here, since it takes as long to import as all of this package.
    from sklearn.model_selection import (GroupKFold, LeaveOneGroupOut,
                                         StratifiedGroupKFold)
    if folds in (None, number):
        splitter = LeaveOneGroupOut()
    elif folds > np.bincount(labels).max():  # too few to be balanced
        splitter = GroupKFold(folds)
    else:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class with fewer sessions than folds; `require_classes` looks.
        warnings.simplefilter('ignore', UserWarning)
        pairs = splitter.split(labels, labels, groups=np.asarray(subjects))
        return [pair for pair in pairs if len(pair[1])]


def missing_classes(labels: Sequence[int], num_classes: int) -> List[int]:
    """Classes without a session, ascending."""
    return sorted(set(range(num_classes)).difference(map(int, labels)))


def require_classes(fold: Fold, subjects: Sequence[str], labels: np.ndarray,
                    classes: Sequence[str]) -> None:
    """Raise ValueError unless the training part of a fold has all classes."""
    train, test = fold
    missing = missing_classes(labels[train], len(classes))
    if not missing:
        return
    left = sorted({subjects[i] for i in test})
    names = ', '.join(repr(classes[label]) for label in missing)
    only = len(classes) - len(missing) == 1
    raise UserError(
        f'without the subject{"s" * (len(left) > 1)} {", ".join(left)} no '
        f'session with {names} is left to train on (a typo, if nobody else '
        'should show it)'
        f'{" (one class only)" if only else ""}; every emotion has to be '
        'there for at least two subjects of different folds: add sessions, '
        'use more folds, or leave the emotion out')
