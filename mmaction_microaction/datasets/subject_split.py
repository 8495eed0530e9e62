# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Splits clips so that no participant is on both sides.

In MA-52's official split the same 186 participants occur in train and in val;
one by participant measures how a model does on people it has never seen.
"""
import os.path as osp
from typing import List, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError


def subject_of(name: str) -> str:
    """Participant of a clip: '0003' of '0003_01_0001.mp4'; an error for the
    official test list's ``test0000.mp4``."""
    subject, underscore, _ = osp.basename(name).partition('_')
    if not (subject and underscore):
        raise UserError('expected a clip name that begins with its participant'
                        f", such as '0003_01_0001.mp4', but got {name!r}")
    return subject


def split_by_subject(names: Sequence[str],
                     ratio: float = 0.2,
                     seed: int = 0) -> Tuple[List[int], List[int]]:
    """Split clips by participant, the same way whenever it is called: the
    ascending indices of the training and of the validation part, to which
    ``ratio`` of the participants, not of the clips, go."""
    if not 0 < ratio < 1:
        raise UserError('ratio of subject_split must lie between 0 and 1, '
                        f'but got {ratio}')
    subjects = [subject_of(name) for name in names]
    if len(set(subjects)) < 2:
        raise UserError('a split by participant needs at least two of them, '
                        f'but got {sorted(set(subjects))}')
    # Here, since it takes as long to import as all of this package.
    from sklearn.model_selection import GroupShuffleSplit
    splitter = GroupShuffleSplit(1, test_size=ratio, random_state=seed)
    train, val = next(splitter.split(subjects, groups=subjects))
    return sorted(train.tolist()), sorted(val.tolist())
