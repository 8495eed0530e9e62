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
that go round. The real data set keeps the labels of the test split secret and
has no key points.
"""
import csv
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.labels import ACTION_NAMES, NUM_ACTIONS, get_action
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_writer import write_video
from .appearance import ENERGY, check_appearance, make_subject
from .clip import check_size, draw_pose, keypoints_inside
from .data_root import SPLITS, check_people, prepare_root, run_jobs
from .performance import FPS
from .scene import CHANNELS, Part, Scene, plan_parts

HEADER = ('id', 'video_id', 'start_frame', 'end_frame', 'class',
          'total_frames', 'fps')

#: Classes that look very different: a small detector learns them in minutes.
DISTINCT_CLASSES = ('shaking body', 'turning head', 'nodding', 'shaking legs',
                    'curling legs', 'waving', 'covering mouth',
                    'crossing arms')
assert set(DISTINCT_CLASSES) < set(ACTION_NAMES)

_DUMMY_END = 20  # frame


@dataclass(frozen=True)
class Job:
    """One video to be made; knows everything about it but its pixels.

    Attributes:
        path (Path): File to write.
        parts (tuple[Part]): The actions, by start.
        seed (int): Decides on the video, whoever renders it.
        subject_seed (int): Decides on the person.
        num_frames (int): Length T.
        size (tuple[int, int]): Width and height in pixels.
        appearance (str): ``'easy'`` or ``'hard'``.
    """
    path: Path
    parts: Tuple[Part, ...]
    seed: int
    subject_seed: int
    num_frames: int
    size: Tuple[int, int]
    appearance: str


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
        out_root (str | Path): Folder to write, e.g. ``data/mma52``.
        num_train (int): Number of training videos.
        num_val (int): Number of validation videos.
        num_test (int): Number of test videos.
        size (tuple[int, int]): Width and height in pixels.
        seed (int): Another seed gives other people and other videos.
        duration (tuple[float, float]): Least and greatest length of a video,
            seconds; at 30 frames per second.
        max_overlap (int): Most actions at one time, 1 to 5.
        appearance (str): ``'easy'`` or ``'hard'``, see ``appearance``.
        workers (int): Number of processes. A script that asks for more than
            one needs the usual ``if __name__ == '__main__':``.
        classes (Sequence[int | str], optional): Only these classes, such as
            ``DISTINCT_CLASSES``; their numbers stay.
        subjects (tuple[int, int, int]): Number of people in train, val and
            test. Nobody is in two splits.
        overwrite (bool): Whether to replace what is in ``out_root``.
        progress (bool): Whether to show a progress bar.

    Returns:
        Path: ``out_root``.

    Raises:
        ValueError: If an argument is out of range.
        FileExistsError: If ``out_root`` is not empty and not to be replaced.
    """
    root = Path(out_root)
    labels = sorted({
        get_action(key).index
        for key in (range(NUM_ACTIONS) if classes is None else classes)
    })
    sizes = (num_train, num_val, num_test)
    check_size(size)
    check_appearance(appearance)
    check_people(workers, subjects)
    _check(labels, sizes, duration, max_overlap)
    prepare_root(root, overwrite)

    rng = np.random.default_rng(seed)
    plan = []
    for split, number, people in zip(SPLITS, sizes, subjects):
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
    made = iter(
        run_jobs(_make, [job for jobs in plan for job in jobs], workers,
                 progress))
    for split, jobs in zip(SPLITS, plan):
        _write_annotations(root, split, jobs, [next(made) for _ in jobs])
    return root


def _check(labels: List[int], sizes: Sequence[int],
           duration: Tuple[float, float], max_overlap: int) -> None:
    if not labels:
        raise UserError('classes must name at least one class, but is empty')
    if min(sizes) < 1:
        raise UserError('num_train, num_val and num_test must be at least 1, '
                        f'but got {tuple(sizes)}')
    if not 1 <= duration[0] <= duration[1]:
        raise UserError('duration must be (least, greatest) of at least 1 '
                        f'second, but got {duration}')
    if not 1 <= max_overlap <= len(CHANNELS):
        raise UserError(f'max_overlap must be 1 to {len(CHANNELS)}, but got '
                        f'{max_overlap}')


def _make(job: Job) -> dict:
    """Render and write one video; return its key points."""
    rng = np.random.default_rng(job.seed)
    subject = make_subject(
        np.random.default_rng(job.subject_seed), job.appearance)
    scene = Scene(rng, job.num_frames, subject.build, ENERGY[job.appearance])
    scene.play(job.parts)
    frames, keypoints = draw_pose(rng, scene.pose, subject, job.size,
                                  job.appearance)
    write_video(job.path, frames, crf=23)
    scores = keypoints_inside(keypoints, job.size)
    return dict(
        frame_dir=job.path.stem,
        total_frames=job.num_frames,
        img_shape=job.size[::-1],
        label=sorted({part.label
                      for part in job.parts}),
        keypoint=keypoints[None].astype(np.float16),
        keypoint_score=scores[None].astype(np.float16))


def _write_annotations(root: Path, split: str, jobs: List[Job],
                       poses: List[dict]) -> None:
    with open(root / f'pose_{split}.pkl', 'wb') as file:
        pickle.dump(poses, file)
    rows = [(job, (part.start, part.end, part.label)) for job in jobs
            for part in job.parts]
    if split == 'test':
        _write_csv(root / 'test_labels.csv', rows)
        rows = [(job, (0, _DUMMY_END, i % NUM_ACTIONS))
                for i, job in enumerate(jobs)]
    _write_csv(root / f'{split}.csv', rows)


def _write_csv(path: Path, rows: List[Tuple[Job, Tuple[int, int,
                                                       int]]]) -> None:
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(HEADER)
        for number, (job, instance) in enumerate(rows):
            writer.writerow(
                [number, job.path.stem, *instance, job.num_frames,
                 float(FPS)])
