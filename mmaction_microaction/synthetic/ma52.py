# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write a whole data root in the layout of MA-52.

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
The real data set has neither ``test_labels.txt`` nor segments, and the same
subjects in all splits, whereas ours differ.
"""
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.utils.errors import UserError
from .clip import NUM_FRAMES
from .data_root import (SPLITS, Job, at_least, check_videos, chosen_labels,
                        make_videos, prepare_root, split_people)

_TAIL = 8  # the most frequent class has this many times the clips of the last
_TAKES = 3


def class_counts(num_classes: int, largest: int, balanced: bool) -> np.ndarray:
    """(num_classes,) clips of each class, falling geometrically from
    ``largest`` to an eighth, at least 2."""
    if balanced:
        return np.full(num_classes, largest)
    counts = largest * _TAIL**-np.linspace(0, 1, num_classes)
    return np.maximum(counts.round().astype(int), min(2, largest))


def generate_ma52(out_root: Union[str, Path],
                  clips_per_class: int = 16,
                  val_clips_per_class: Optional[int] = None,
                  test_clips_per_class: Optional[int] = None,
                  size: Tuple[int, int] = (320, 384),
                  seed: int = 0,
                  appearance: str = 'easy',
                  balanced: bool = False,
                  num_frames: Tuple[int, int] = NUM_FRAMES,
                  workers: int = 1,
                  classes: Optional[Sequence[Union[int, str]]] = None,
                  subjects: Tuple[int, int, int] = (60, 16, 16),
                  overwrite: bool = False,
                  progress: bool = False) -> Path:
    """Generate a data root in the layout of MA-52 (see the module).

    The result depends on the arguments only, not on ``workers``.

    Args:
        out_root (str | Path): Folder to write, which is returned.
        clips_per_class (int): Training clips of the most frequent class.
        val_clips_per_class, test_clips_per_class (int, optional): Those of
            every class there; default: a fifth as many, at least 2.
        size (tuple[int, int]): Width and height in pixels.
        seed (int): Another seed gives other people and other clips.
        appearance (str): ``'easy'`` or ``'hard'``, see ``appearance``.
        balanced (bool): Whether training classes are equal; or a long tail.
        num_frames (tuple[int, int]): Fewest and most frames of a clip.
        workers (int): Processes; a script that asks for more than one needs
            ``if __name__ == '__main__':``.
        classes (Sequence[int | str], optional): Only these; numbers stay.
        subjects (tuple[int, int, int]): People in train, val and test.
        overwrite (bool): Whether to replace sample data in ``out_root``.
        progress (bool): Whether to show a progress bar.

    Raises:
        UserError: If an argument is out of range.
        FileExistsError: If ``out_root`` is not empty and not to be replaced.
    """
    root, labels = Path(out_root), chosen_labels(classes)
    default = max(2, clips_per_class // 5)
    held_out = [
        default if n is None else n
        for n in (val_clips_per_class, test_clips_per_class)
    ]
    check_videos(size, appearance, workers, subjects)
    at_least(
        1,
        clips_per_class=clips_per_class,
        val_clips_per_class=held_out[0],
        test_clips_per_class=held_out[1])
    if not 2 <= num_frames[0] <= num_frames[1]:
        raise UserError('num_frames must be (fewest, most) with at least 2, '
                        f'but got {num_frames}')
    prepare_root(root, overwrite)

    rng = np.random.default_rng(seed)
    frequency = class_counts(len(labels), clips_per_class, balanced)
    counts = [rng.permutation(frequency)]
    counts += [np.full(len(labels), n) for n in held_out]
    plan = [
        _plan_split(rng, root, split, np.repeat(labels, count), people,
                    num_frames, (size, appearance))
        for split, count, people in zip(SPLITS, counts, split_people(subjects))
    ]
    segments = make_videos(root, plan, workers, progress)
    for args in zip(SPLITS, plan, segments):
        _write_lists(root, *args)
    return root


def _plan_split(rng: np.random.Generator, root: Path, split: str,
                labels: np.ndarray, people: range, num_frames: Tuple[int, int],
                look: tuple) -> List[Job]:
    """Draw the clips of one split, in the order of its list file."""
    labels = rng.permutation(labels)
    # Balanced over people, whatever the class.
    persons = rng.permutation(np.resize(people, len(labels)))
    if split != 'test':
        persons = np.sort(persons)
    person_seeds = {p: int(rng.integers(2**31)) for p in people}
    seen: Dict[int, int] = {}
    jobs = []
    for i, (label, person) in enumerate(zip(labels, persons)):
        number = seen[person] = seen.get(person, 0) + 1
        take = 1 + int(rng.integers(_TAKES))
        name = (f'test{i:04d}' if split == 'test' else
                f'{person + 1:04d}_{take:02d}_{number:04d}')
        jobs.append(
            Job(root / f'videos_{split}' / f'{name}.mp4', int(label),
                int(rng.integers(2**31)), person_seeds[person],
                int(rng.integers(num_frames[0], num_frames[1] + 1)), *look))
    return jobs


def _write_lists(root: Path, split: str, jobs: List[Job],
                 segments: List[Tuple[float, float]]) -> None:
    rows = ['filename,label,start,end']
    rows += [
        f'{job.path.name},{job.action},{start:.3f},{end:.3f}'
        for job, (start, end) in zip(jobs, segments)
    ]
    (root / f'segments_{split}.csv').write_text('\n'.join(rows) + '\n')
    truth = '\r\n'.join(f'{job.path.name} {job.action}' for job in jobs)
    if split == 'test':
        (root / 'test_labels.txt').write_bytes(truth.encode())
        truth = '\r\n'.join(f'{job.path.name} 0' for job in jobs)
    (root / f'{split}_list_videos.txt').write_bytes(truth.encode())
