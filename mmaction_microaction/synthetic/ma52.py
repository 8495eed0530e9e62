# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write a data root in the layout of MA-52.

::

    ROOT/
        videos_train/0003_01_0001.mp4 ...   <subject>_<take>_<clip>.mp4
        videos_val/...    videos_test/test0000.mp4 ...
        train_list_videos.txt  val_list_videos.txt    'name.mp4 label'
        test_list_videos.txt                          'name.mp4 0'
        test_labels.txt                               'name.mp4 label'
        pose_{train,val,test}.pkl       for mmaction's PoseDataset
        segments_{train,val,test}.csv   filename,label,start,end (seconds)

As in the real data set, lists have CRLF line ends and no newline at the end.
The real one has no ``test_labels.txt``, no segments, and the same subjects in
all splits; here subjects differ.
"""
from collections import Counter
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np

from .clip import NUM_FRAMES
from .data_root import (SPLITS, DataRoot, Job, chosen_labels, require_frames,
                        require_positive)

_TAIL = 8  # the most frequent class has this many times the clips of the last
_TAKES = 3


def class_counts(num_classes: int, largest: int, balanced: bool) -> np.ndarray:
    """(num_classes,) clips of each class, decreasing geometrically from
    ``largest`` to an eighth, at least 2."""
    if balanced:
        return np.full(num_classes, largest)
    counts = largest * _TAIL**-np.linspace(0, 1, num_classes)
    return np.maximum(counts.round().astype(int), min(2, largest))


def generate_ma52(out_root: Union[str, Path],
                  clips_per_class: int = 16,
                  val_clips_per_class: Optional[int] = None,
                  test_clips_per_class: Optional[int] = None,
                  balanced: bool = False,
                  num_frames: Tuple[int, int] = NUM_FRAMES,
                  classes: Optional[Sequence[Union[int, str]]] = None,
                  **common) -> Path:
    """Generate a data root in the layout of MA-52 (see the module).

    Args:
        out_root (str | Path): Folder, also returned.
        clips_per_class (int): Training clips of the most frequent class.
        val_clips_per_class, test_clips_per_class (int, optional): Clips of
            every class there; default: a fifth as many, at least 2.
        balanced (bool): Whether training classes are equal; or a long tail.
        num_frames (tuple[int, int]): Minimum and maximum of a clip.
        classes (Sequence[int | str], optional): Only these, with unchanged
            indices.
        common: Of :class:`DataRoot`, and its errors.
    """
    root, labels = DataRoot(out_root, **common), chosen_labels(classes)
    default = max(2, clips_per_class // 5)
    held_out = [
        default if n is None else n
        for n in (val_clips_per_class, test_clips_per_class)
    ]
    require_positive(
        clips_per_class=clips_per_class,
        val_clips_per_class=held_out[0],
        test_clips_per_class=held_out[1])
    require_frames(num_frames)
    root.prepare()
    frequency = class_counts(len(labels), clips_per_class, balanced)
    counts = [root.rng.permutation(frequency), *held_out]
    plan = [
        _plan_split(root, split, np.repeat(labels, count), num_frames)
        for split, count in zip(SPLITS, counts)
    ]
    for args in zip(SPLITS, plan, root.make_videos(plan)):
        _write_lists(root.path, *args)
    return root.path


def _plan_split(root: DataRoot, split: str, labels: np.ndarray,
                num_frames: Tuple[int, int]) -> List[Job]:
    """Draw the clips of one split, in the order of its list file."""
    labels = root.rng.permutation(labels)
    # Balanced over people, whatever the class.
    people = root.rng.permutation(np.resize(root.people[split], len(labels)))
    if split != 'test':
        people = np.sort(people)
    seeds = root.person_seeds(split)
    seen: Counter = Counter()
    jobs = []
    for i, (label, person) in enumerate(zip(labels, people)):
        seen[person] += 1
        take = 1 + root.rng.integers(_TAKES)
        name = (f'test{i:04d}' if split == 'test' else
                f'{person + 1:04d}_{take:02d}_{seen[person]:04d}')
        jobs.append(
            root.job(split, name, int(label), seeds[person], *num_frames))
    return jobs


def _write_lists(root: Path, split: str, jobs: List[Job],
                 segments: List[Tuple[float, float]]) -> None:
    rows = [f'{job.path.name},{job.action},{start:.3f},{end:.3f}\n'
            for job, (start, end) in zip(jobs, segments)]  # yapf: disable
    (root / f'segments_{split}.csv').write_text(''.join(
        ['filename,label,start,end\n', *rows]))
    truth = '\r\n'.join(f'{job.path.name} {job.action}' for job in jobs)
    if split == 'test':
        (root / 'test_labels.txt').write_bytes(truth.encode())
        truth = '\r\n'.join(f'{job.path.name} 0' for job in jobs)
    (root / f'{split}_list_videos.txt').write_bytes(truth.encode())
