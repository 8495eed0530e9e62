# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Participant-independent splits.

MA-52's official train and val splits share 186 participants; a split by
participant measures generalisation to unseen people.
"""
import os.path as osp
from typing import List, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError


def subject_of(name: str) -> str:
    """Participant of a clip: '0003' of '0003_01_0001.mp4'; UserError for names
    without one, as in the official test list."""
    subject, underscore, _ = osp.basename(name).partition('_')
    if not (subject and underscore):
        raise UserError('expected a clip name that begins with its participant'
                        f", such as '0003_01_0001.mp4', but got {name!r}")
    return subject


def split_by_subject(names: Sequence[str],
                     ratio: float = 0.2,
                     seed: int = 0) -> Tuple[List[int], List[int]]:
    """Split clips by participant, deterministically.

    Args:
        names (Sequence[str]): N clip names, see :func:`subject_of`.
        ratio (float): Share of participants (not clips) for validation.
        seed (int): Of the split.

    Returns:
        tuple[list[int], list[int]]: Ascending indices for training and
        validation.
    """
    if not 0 < ratio < 1:
        raise UserError('ratio of subject_split must lie between 0 and 1, '
                        f'but got {ratio}')
    subjects = [subject_of(name) for name in names]
    if len(set(subjects)) < 2:
        raise UserError('a split by participant needs at least two of them, '
                        f'but got {sorted(set(subjects))}')
    # Imported here, as it takes as long as all of this package.
    from sklearn.model_selection import GroupShuffleSplit
    splitter = GroupShuffleSplit(1, test_size=ratio, random_state=seed)
    train, val = next(splitter.split(subjects, groups=subjects))
    return sorted(train.tolist()), sorted(val.tolist())
