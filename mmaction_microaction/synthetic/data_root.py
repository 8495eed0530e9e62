# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the generators of whole data roots share."""
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Callable, Iterable, List, Sequence, Tuple

import cv2
from rich.progress import track

from mmaction_microaction.utils.errors import UserError

SPLITS = ('train', 'val', 'test')
#: Where the videos of the splits are, in the layouts of MA-52 and MMA-52.
VIDEO_FOLDERS = tuple(f'videos_{split}' for split in SPLITS)


def check_people(workers: int, subjects: Tuple[int, int, int]) -> None:
    """Raise ValueError unless there are processes to work and people to draw.

    Args:
        workers (int): Number of processes.
        subjects (tuple[int, int, int]): Number of people in every split.
    """
    if workers < 1:
        raise UserError(f'workers must be at least 1, but got {workers}')
    if len(subjects) != len(SPLITS) or min(subjects) < 1:
        raise UserError('subjects must be three numbers (train, val, test) '
                        f'of at least 1, but got {subjects}')


def prepare_root(root: Path,
                 overwrite: bool,
                 mark: str = 'pose_test.pkl',
                 folders: Sequence[str] = VIDEO_FOLDERS) -> None:
    """Make an empty data root.

    Args:
        root (Path): The folder.
        overwrite (bool): Whether to replace the videos of a former run.
        mark (str): A file that sample data has and real data has not.
            Defaults to ``'pose_test.pkl'``.
        folders (Sequence[str]): Where the frames or videos go.
            Defaults to ``VIDEO_FOLDERS``.

    Raises:
        FileExistsError: If ``root`` is not empty and not to be replaced.
    """
    if root.exists() and not root.is_dir():
        raise FileExistsError(f'{root} is a file; expected a folder')
    if root.is_dir() and any(root.iterdir()):
        if not overwrite:
            raise FileExistsError(
                f'{root} is not empty; choose another folder, or give '
                'overwrite=True (--overwrite) to replace sample data')
        # The real data sets have the same names, but for the mark.
        if not (root / mark).is_file():
            raise FileExistsError(
                f'{root} holds other files than sample data, perhaps the real '
                'data set, and is not overwritten; choose another folder')
        for folder in folders:
            shutil.rmtree(root / folder, ignore_errors=True)
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)


def run_jobs(make: Callable[[Any], dict], jobs: Sequence[Any], workers: int,
             progress: bool) -> List[dict]:
    """Make all clips.

    Args:
        make (Callable[[Any], dict]): Makes one clip, a function of a module.
        jobs (Sequence[Any]): What to call it with.
        workers (int): Number of processes.
        progress (bool): Whether to show a progress bar.

    Returns:
        list[dict]: What the calls return, in the order of the jobs.
    """

    def collect(results: Iterable[dict]) -> List[dict]:
        return list(
            track(
                results,
                description='Drawing clips',
                total=len(jobs),
                disable=not progress))

    if workers == 1:
        return collect(map(make, jobs))
    # Spawned, because a forked process can hang on the locks of threads that
    # it does not have; one thread each, as there is one process per core.
    with ProcessPoolExecutor(
            workers,
            mp_context=get_context('spawn'),
            initializer=cv2.setNumThreads,
            initargs=(1, )) as pool:
        return collect(pool.map(make, jobs, chunksize=4))
