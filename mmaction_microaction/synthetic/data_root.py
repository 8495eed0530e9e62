# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Common parts of the generators of data roots."""
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import (Any, Callable, Dict, List, NamedTuple, Optional, Sequence,
                    Tuple, Union)

import cv2
import numpy as np
from rich.progress import track

from mmaction_microaction.pose import write_pose_file
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_writer import write_video
from .appearance import check_appearance
from .clip import Size, check_size, render_clip, render_scene
from .motion_builder import FPS

SPLITS = ('train', 'val', 'test')
#: Where the videos of the splits are, in the layouts of MA-52 and MMA-52.
VIDEO_FOLDERS = tuple(f'videos_{split}' for split in SPLITS)


class Job(NamedTuple):
    """One video to generate; determines everything but its pixels."""
    path: Path
    action: Any  # a class, or the parts of a scene
    seed: int  # decides on the video, whoever renders it
    subject_seed: int  # decides on the person
    num_frames: int
    size: Size
    appearance: str
    idle: bool = False  # see render_scene


class DataRoot:
    """A data root of videos, and the common arguments.

    Args:
        size (tuple[int, int]): Width and height in pixels.
        seed (int): Another seed gives other people and other clips.
        appearance (str): ``'easy'`` or ``'hard'``, see ``appearance``.
        workers (int): Processes; the result does not depend on them. Scripts
            with more than one need ``if __name__ == '__main__':``.
        subjects (tuple[int, int, int]): People in train, val and test, without
            overlap.
        overwrite (bool): Whether to replace sample data in the folder.
        progress (bool): Whether to show a progress bar.

    Raises:
        UserError: If an argument is out of range.
        FileExistsError: If the folder is not empty and must not be replaced.
    """

    def __init__(self,
                 path: Union[str, Path],
                 size: Size = (320, 384),
                 seed: int = 0,
                 appearance: str = 'easy',
                 workers: int = 1,
                 subjects: Tuple[int, int, int] = (60, 16, 16),
                 overwrite: bool = False,
                 progress: bool = False) -> None:
        check_size(size)
        check_appearance(appearance)
        require_positive(workers=workers)
        if len(subjects) != len(SPLITS) or min(subjects) < 1:
            raise UserError('subjects must be three numbers (train, val, '
                            f'test) of at least 1, but got {subjects}')
        self.path, self.overwrite = Path(path), overwrite
        self.seed, self.rng = seed, np.random.default_rng(seed)
        self.look = size, appearance
        self.running = workers, progress
        *ends, total = np.cumsum(subjects)
        self.people = dict(zip(SPLITS, np.split(np.arange(total), ends)))

    def prepare(self, mark: str = 'pose_test.pkl', *folders: str) -> None:
        """Create the empty folders, as :func:`prepare_root`."""
        prepare_root(self.path, self.overwrite, mark, VIDEO_FOLDERS + folders)

    def person_seeds(self, split: str) -> Dict[int, int]:
        """Seeds of the people of a split, by number."""
        return {x: int(self.rng.integers(2**31)) for x in self.people[split]}

    def job(self, split: str, name: str, action: Any, subject_seed: int,
            fewest: int, most: int) -> Job:
        """Draw the random parameters of a video of ``fewest`` to ``most``
        frames."""
        return Job(self.path / f'videos_{split}' / f'{name}.mp4', action,
                   int(self.rng.integers(2**31)), subject_seed,
                   int(self.rng.integers(fewest, most + 1)), *self.look)

    def make_videos(self, plan: Sequence[Sequence[Job]]) -> List[list]:
        """Write all videos and the ``pose_*.pkl`` of each split; returns the
        segments."""
        jobs = [job for split in plan for job in split]
        made = iter(run_jobs(make_video, jobs, *self.running))
        segments = []
        for split, jobs in zip(SPLITS, plan):
            poses = [next(made) for _ in jobs]
            segments.append([pose.pop('segment') for pose in poses])
            write_pose_file(self.path / f'pose_{split}.pkl', poses)
        return segments


def make_video(job: Job) -> dict:
    """Render and write a video; returns its entry for mmaction's
    ``PoseDataset`` and its ``segment``, see :class:`Clip`."""
    what = (job.action, job.seed, job.size, job.appearance, job.num_frames,
            job.subject_seed)
    clip = render_scene(*what, job.idle) if isinstance(job.action, tuple) \
        else render_clip(*what)
    write_video(job.path, clip.frames, crf=23)
    scores = clip.keypoint_scores
    return dict(
        frame_dir=job.path.stem,
        total_frames=job.num_frames,
        img_shape=job.size[::-1],
        label=clip.label,
        keypoint=(clip.keypoints * scores[..., None])[None],
        keypoint_score=scores[None],
        source='drawn',
        fps=float(FPS),
        segment=clip.segment)


def require_positive(**values: int) -> None:
    """UserError unless all numbers are positive."""
    for name, value in values.items():
        if value < 1:
            raise UserError(f'{name} must be at least 1, but got {value}')


def require_frames(num_frames: Tuple[int, int], least: int = 2) -> None:
    """UserError unless it is (minimum, maximum) of enough frames."""
    if not least <= num_frames[0] <= num_frames[1]:
        raise UserError('num_frames must be (fewest, most) with at least '
                        f'{least}, but got {num_frames}')


def chosen_labels(classes: Optional[Sequence]) -> List[int]:
    """Sorted indices of classes given by any key; None: all."""
    if classes is None:
        return list(range(MA52.num_classes))
    if not classes:
        raise UserError('classes must name at least one class, but is empty')
    return sorted({MA52.find(key).index for key in classes})


def prepare_root(root: Path, overwrite: bool, mark: str,
                 folders: Sequence[str]) -> None:
    """Create an empty data root with these folders; one that contains
    ``mark``, a file that real data lacks, may be replaced."""
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
        (root / folder).mkdir(parents=True, exist_ok=True)


def run_jobs(make: Callable[[Any], Any], jobs: Sequence[Any], workers: int,
             progress: bool) -> list:
    """Results of a module-level function for all jobs, in order."""

    def show(results) -> list:
        return list(
            track(results, 'Drawing clips', len(jobs), disable=not progress))

    if workers == 1:
        return show(map(make, jobs))
    # Spawned, because a forked process can hang on the locks of threads that
    # it does not have; one thread each, as there is one process per core.
    with ProcessPoolExecutor(workers, get_context('spawn'), cv2.setNumThreads,
                             (1, )) as pool:
        return show(pool.map(make, jobs, chunksize=4))
