# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write a whole data root in the layout of MMA-52.

::

    ROOT/
        videos_train/train0000.mp4 ...  videos_val/...  videos_test/...
        train.csv  val.csv           the official header, see ``HEADER``
        test.csv                     one dummy row per video
        test_labels.csv              the true rows of the test split
        pose_{train,val,test}.pkl    for mmaction's PoseDataset

As in the real data set, frames are 0-based with the end inclusive, nobody is
in two splits, and the rows of ``test.csv`` have start 0, end 20 and classes
that go round. It has neither labels of the test split nor key points.
"""
import csv
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .data_root import (SPLITS, Job, at_least, check_videos, chosen_labels,
                        make_videos, prepare_root)
from .performance import FPS
from .scene import CHANNELS, plan_parts

HEADER = ('id', 'video_id', 'start_frame', 'end_frame', 'class',
          'total_frames', 'fps')

#: Classes that look very different: a small detector learns them in minutes.
DISTINCT_CLASSES = ('shaking body', 'turning head', 'nodding', 'shaking legs',
                    'curling legs', 'waving', 'covering mouth',
                    'crossing arms')

_DUMMY_END = 20  # frame


def generate_mma52(out_root: Union[str, Path],
                   num_train: int = 64,
                   num_val: int = 24,
                   num_test: int = 16,
                   size: Tuple[int, int] = (320, 384),
                   seed: int = 0,
                   duration: Tuple[float, float] = (5., 15.),
                   max_overlap: int = 5,
                   appearance: str = 'easy',
                   workers: int = 1,
                   classes: Optional[Sequence[Union[int, str]]] = None,
                   subjects: Tuple[int, int, int] = (60, 16, 16),
                   overwrite: bool = False,
                   progress: bool = False) -> Path:
    """Generate a data root in the layout of MMA-52 (see the module).

    The result depends on the arguments only, not on ``workers``.

    Args:
        out_root (str | Path): Folder to write, which is returned.
        num_train, num_val, num_test (int): Number of videos, at 30 fps.
        duration (tuple[float, float]): Least and greatest length, seconds.
        max_overlap (int): Most actions at one time, 1 to 5.
        size, seed, appearance, workers, classes, subjects, overwrite,
            progress: As those of :func:`generate_ma52`, and so ``Raises``.
    """
    root, labels = Path(out_root), chosen_labels(classes)
    check_videos(size, appearance, workers, subjects)
    at_least(1, num_train=num_train, num_val=num_val, num_test=num_test)
    if not 1 <= duration[0] <= duration[1]:
        raise UserError('duration must be (least, greatest) of at least 1 '
                        f'second, but got {duration}')
    if not 1 <= max_overlap <= len(CHANNELS):
        raise UserError(f'max_overlap must be 1 to {len(CHANNELS)}, but got '
                        f'{max_overlap}')
    prepare_root(root, overwrite)

    rng = np.random.default_rng(seed)
    plan = []
    for split, number, people in zip(SPLITS, (num_train, num_val, num_test),
                                     subjects):
        person_seeds = rng.integers(2**31, size=people).tolist()
        jobs = []
        for i in range(number):
            num_frames = round(FPS * rng.uniform(*duration))
            jobs.append(
                Job(root / f'videos_{split}' / f'{split}{i:04d}.mp4',
                    tuple(plan_parts(rng, num_frames, labels, max_overlap)),
                    int(rng.integers(2**31)), person_seeds[i % people],
                    num_frames, size, appearance))
        plan.append(jobs)
    make_videos(root, plan, workers, progress)
    for split, jobs in zip(SPLITS, plan):
        _write_rows(root, split, jobs)
    return root


def _write_rows(root: Path, split: str, jobs: List[Job]) -> None:
    rows = [(job, part[:3]) for job in jobs for part in job.action]
    tables = {split: rows}
    if split == 'test':
        dummy = [(job, (i % MA52.num_classes, 0, _DUMMY_END))
                 for i, job in enumerate(jobs)]
        tables = dict(test_labels=rows, test=dummy)
    for name, rows in tables.items():
        with open(root / f'{name}.csv', 'w', newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            writer.writerow(HEADER)
            for i, (job, (label, start, end)) in enumerate(rows):
                writer.writerow(
                    (i, job.path.stem, start, end, label, job.num_frames,
                     float(FPS)))
