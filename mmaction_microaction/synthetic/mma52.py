# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write a data root in the layout of MMA-52.

::

    ROOT/
        videos_train/train0000.mp4 ...  videos_val/...  videos_test/...
        train.csv  val.csv           the official header, see ``HEADER``
        test.csv                     one dummy row per video
        test_labels.csv              the true rows of the test split
        pose_{train,val,test}.pkl    for mmaction's PoseDataset

As in the real data set, frames are 0-based with inclusive end, nobody is in
two splits, and the rows of ``test.csv`` have start 0, end 20 and cycling
classes. The real one has no labels of the test split and no key points.
"""
import csv
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .data_root import SPLITS, DataRoot, Job, chosen_labels, require_positive
from .motion_builder import FPS
from .scene import CHANNELS, plan_parts

HEADER = ('id', 'video_id', 'start_frame', 'end_frame', 'class',
          'total_frames', 'fps')

#: Classes that look very different: a small detector learns them in minutes.
DISTINCT_CLASSES = ('shaking body', 'turning head', 'nodding', 'shaking legs',
                    'curling legs', 'waving', 'covering mouth',
                    'crossing arms')

REST_FOLDER = 'videos_rest'
_DUMMY_END = 20  # frame
_MOST_AT_ONCE = 3  # actions of a session


def generate_mma52(out_root: Union[str, Path],
                   num_train: int = 64,
                   num_val: int = 24,
                   num_test: int = 16,
                   duration: Tuple[float, float] = (5., 15.),
                   max_overlap: int = 5,
                   classes: Optional[Sequence[Union[int, str]]] = None,
                   **common) -> Path:
    """Generate a data root in the layout of MMA-52 (see the module).

    Args:
        out_root (str | Path): Folder, also returned.
        num_train, num_val, num_test (int): Number of videos, at 30 fps.
        duration (tuple[float, float]): Minimum and maximum length, seconds.
        max_overlap (int): Most simultaneous actions, 1 to 5.
        classes (Sequence[int | str], optional): Only these, with unchanged
            indices.
        common: Of :class:`DataRoot`, and its errors.
    """
    root = DataRoot(out_root, **common)
    if not 1 <= max_overlap <= len(CHANNELS):
        raise UserError(f'max_overlap must be 1 to {len(CHANNELS)}, but got '
                        f'{max_overlap}')
    _generate(root, (num_train, num_val, num_test), duration, max_overlap,
              chosen_labels(classes))
    return root.path


def generate_mma52_sessions(out_root: Union[str, Path],
                            num_train: int = 40,
                            num_val: int = 12,
                            num_test: int = 12,
                            num_rest: int = 4,
                            duration: Tuple[float, float] = (60., 180.),
                            rate: Tuple[float, float] = (6., 14.),
                            classes: Optional[Sequence[Union[int,
                                                             str]]] = None,
                            **common) -> Path:
    """Generate long videos in the same layout, mostly of rest: the person
    changes posture, breathes, speaks. Up to three micro-actions overlap.

    Args:
        num_rest (int): Videos of rest alone, in ``videos_rest``, of the people
            of the test split; without rows.
        rate (tuple[float, float]): Minimum and maximum number of micro-actions
            per minute, drawn per video.
        **common: As of :func:`generate_mma52`, like the others.
    """
    if not 0 < rate[0] <= rate[1]:
        raise UserError('rate must be (least, greatest) a minute, above 0, '
                        f'but got {rate}')
    root = DataRoot(out_root, **common)
    _generate(root, (num_train, num_val, num_test), duration, _MOST_AT_ONCE,
              chosen_labels(classes), rate, num_rest)
    return root.path


def _generate(root: DataRoot,
              numbers: Tuple[int, int, int],
              duration: Tuple[float, float],
              max_overlap: int,
              labels: List[int],
              rate: Optional[Tuple[float, float]] = None,
              num_rest: int = 0) -> None:
    """Plan and write everything; sessions if ``rate`` is given."""
    require_positive(**{
        f'num_{x}': number
        for x, number in zip(SPLITS, numbers)
    })
    if not 1 <= duration[0] <= duration[1]:
        raise UserError('duration must be (least, greatest) of at least 1 '
                        f'second, but got {duration}')
    root.prepare('pose_test.pkl', *([REST_FOLDER] if num_rest else []))
    plan: List[List[Job]] = []

    def draw(split: str, i: int, seeds: List[int]) -> Job:
        length = round(FPS * root.rng.uniform(*duration))
        parts = [] if split == 'rest' else plan_parts(
            root.rng, length, labels, max_overlap, rate
            and root.rng.uniform(*rate))
        job = root.job(split, f'{split}{i:04d}', tuple(parts),
                       seeds[i % len(seeds)], length, length)
        return job._replace(idle=rate is not None)

    for split, number in zip(SPLITS, numbers):
        seeds = [*root.person_seeds(split).values()]
        plan.append([draw(split, i, seeds) for i in range(number)])
    plan.append([draw('rest', i, seeds) for i in range(num_rest)])
    root.make_videos(plan)
    for split, jobs in zip(SPLITS, plan):
        rows = [(job, part[:3]) for job in jobs for part in job.action]
        if split == 'test':
            _write_rows(root.path / 'test_labels.csv', rows)
            rows = [(job, (i % MA52.num_classes, 0, _DUMMY_END))
                    for i, job in enumerate(jobs)]
        _write_rows(root.path / f'{split}.csv', rows)


def _write_rows(path: Path, rows: List[tuple]) -> None:
    """``rows`` are of a job and (class, start, end)."""
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(HEADER)
        writer.writerows(
            (i, job.path.stem, start, end, label, job.num_frames, float(FPS))
            for i, (job, (label, start, end)) in enumerate(rows))
