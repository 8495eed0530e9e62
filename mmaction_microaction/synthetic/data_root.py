# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the generators of whole data roots share."""
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np
from rich.progress import track

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_writer import write_video
from .appearance import check_appearance
from .clip import check_size, render_clip, render_scene

SPLITS = ('train', 'val', 'test')
#: Where the videos of the splits are, in the layouts of MA-52 and MMA-52.
VIDEO_FOLDERS = tuple(f'videos_{split}' for split in SPLITS)


class Job(NamedTuple):
    """One video to be made; knows everything about it but its pixels."""
    path: Path
    action: Any  # a class, or the parts of a scene
    seed: int  # decides on the video, whoever renders it
    subject_seed: int  # decides on the person
    num_frames: int
    size: Tuple[int, int]  # width and height in pixels
    appearance: str


def make_video(job: Job) -> dict:
    """Render and write a video; its entry for mmaction's ``PoseDataset`` and
    its ``segment``, see :class:`Clip`."""
    render = render_scene if isinstance(job.action, tuple) else render_clip
    clip = render(job.action, job.seed, job.size, job.appearance,
                  job.num_frames, job.subject_seed)
    write_video(job.path, clip.frames, crf=23)
    return dict(
        frame_dir=job.path.stem,
        total_frames=job.num_frames,
        img_shape=job.size[::-1],
        label=clip.label,
        keypoint=clip.keypoints[None].astype(np.float16),
        keypoint_score=clip.keypoint_scores[None].astype(np.float16),
        segment=clip.segment)


def at_least(least: int, **values: Any) -> None:
    """Raise UserError unless all numbers are as large as that."""
    for name, value in values.items():
        if np.min(value) < least:
            raise UserError(f'{name} must be at least {least}, but got '
                            f'{value}')


def check_videos(size: Tuple[int, int], appearance: str, workers: int,
                 subjects: Tuple[int, int, int]) -> None:
    """Raise UserError unless these arguments are in range."""
    check_size(size)
    check_appearance(appearance)
    at_least(1, workers=workers)
    if len(subjects) != len(SPLITS) or min(subjects) < 1:
        raise UserError('subjects must be three numbers (train, val, test) '
                        f'of at least 1, but got {subjects}')


def chosen_labels(classes: Optional[Sequence]) -> List[int]:
    """Sorted numbers of classes given by any key; None: all of them."""
    if classes is None:
        return list(range(MA52.num_classes))
    if not classes:
        raise UserError('classes must name at least one class, but is empty')
    return sorted({MA52.find(key).index for key in classes})


def prepare_root(root: Path,
                 overwrite: bool,
                 mark: str = 'pose_test.pkl',
                 folders: Sequence[str] = VIDEO_FOLDERS) -> None:
    """Make an empty data root with these folders; one that holds ``mark``, a
    file that real data has not, may be replaced."""
    if root.exists() and not root.is_dir():
        raise FileExistsError(f'{root} is a file; expected a folder')
    if root.is_dir() and any(root.iterdir()):
        if not overwrite:
            raise FileExistsError(
                f'{root} is not empty; choose another folder, or give '
                'overwrite=True (--overwrite) to replace sample data')
        if not (root / mark).is_file():
            raise FileExistsError(
                f'{root} holds other files than sample data, perhaps the real '
                'data set, and is not overwritten; choose another folder')
        for folder in folders:
            shutil.rmtree(root / folder, ignore_errors=True)
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)


def split_people(subjects: Sequence[int]) -> List[range]:
    """The numbers of the people of each split; nobody is in two."""
    return [range(x - n, x) for x, n in zip(accumulate(subjects), subjects)]


def make_videos(root: Path, plan: Sequence[Sequence[Job]], workers: int,
                progress: bool) -> List[list]:
    """Write all videos and the ``pose_*.pkl`` of each split; the segments."""
    jobs = [job for split in plan for job in split]
    made = iter(run_jobs(make_video, jobs, workers, progress))
    segments = []
    for split, jobs in zip(SPLITS, plan):
        poses = [next(made) for _ in jobs]
        segments.append([pose.pop('segment') for pose in poses])
        (root / f'pose_{split}.pkl').write_bytes(pickle.dumps(poses))
    return segments


def run_jobs(make: Callable[[Any], dict], jobs: Sequence[Any], workers: int,
             progress: bool) -> List[dict]:
    """What a function of a module makes of all jobs, in their order."""

    def show(results) -> List[dict]:
        return list(
            track(results, 'Drawing clips', len(jobs), disable=not progress))

    if workers == 1:
        return show(map(make, jobs))
    # Spawned, because a forked process can hang on the locks of threads that
    # it does not have; one thread each, as there is one process per core.
    with ProcessPoolExecutor(workers, get_context('spawn'), cv2.setNumThreads,
                             (1, )) as pool:
        return show(pool.map(make, jobs, chunksize=4))
