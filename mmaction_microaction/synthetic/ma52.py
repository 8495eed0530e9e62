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

As in the real data set, lists have CRLF line ends, no newline after the last
line, and zeros for the labels of the test split. The real data set keeps
those labels secret and has neither ``test_labels.txt`` nor segments; and its
subjects are the same in all splits, whereas ours differ.
"""
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.labels import NUM_ACTIONS, get_action
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_writer import write_video
from .appearance import check_appearance
from .clip import NUM_FRAMES, check_size, render_clip
from .data_root import SPLITS, check_people, prepare_root, run_jobs

_TAIL = 8  # the most frequent class has this many times the clips of the last
_TAKES = 3


@dataclass(frozen=True)
class Job:
    """One clip to be made; knows everything about it but its pixels.

    Attributes:
        path (Path): File to write.
        label (int): Index of the class.
        seed (int): Decides on the clip, whoever renders it.
        subject_seed (int): Decides on the person.
        num_frames (int): Length T.
        size (tuple[int, int]): Width and height in pixels.
        appearance (str): ``'easy'`` or ``'hard'``.
    """
    path: Path
    label: int
    seed: int
    subject_seed: int
    num_frames: int
    size: Tuple[int, int]
    appearance: str


def class_counts(num_classes: int,
                 largest: int,
                 balanced: bool = False) -> np.ndarray:
    """How many clips each class gets, the most frequent class first.

    Args:
        num_classes (int): Number of classes.
        largest (int): Clips of the most frequent class.
        balanced (bool): Whether all classes get as many. Otherwise the
            counts fall geometrically to an eighth, but not below 2.

    Returns:
        np.ndarray: (num_classes,) int64.
    """
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
        out_root (str | Path): Folder to write, e.g. ``data/ma52``.
        clips_per_class (int): Training clips of the most frequent class.
        val_clips_per_class (int, optional): Validation clips of every class;
            default: a fifth of ``clips_per_class``, at least 2.
        test_clips_per_class (int, optional): The same of the test split.
        size (tuple[int, int]): Width and height in pixels.
        seed (int): Another seed gives other people and other clips.
        appearance (str): ``'easy'`` or ``'hard'``, see ``appearance``.
        balanced (bool): Whether all classes get ``clips_per_class`` training
            clips; otherwise they have a long tail.
        num_frames (tuple[int, int]): Fewest and most frames of a clip.
        workers (int): Number of processes. A script that asks for more than
            one needs the usual ``if __name__ == '__main__':``.
        classes (Sequence[int | str], optional): Only these classes.
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
    if not labels:
        raise UserError('classes must name at least one class, but is empty')
    default = max(2, clips_per_class // 5)
    held_out = [
        default if n is None else n
        for n in (val_clips_per_class, test_clips_per_class)
    ]
    check_size(size)
    check_appearance(appearance)
    _check(clips_per_class, held_out, num_frames, workers, subjects)
    prepare_root(root, overwrite)

    rng = np.random.default_rng(seed)
    frequency = class_counts(len(labels), clips_per_class, balanced)
    counts = [rng.permutation(frequency)]
    counts += [np.full(len(labels), n) for n in held_out]
    plan, first = [], 0
    for split, count, people in zip(SPLITS, counts, subjects):
        plan.append(
            _plan_split(rng, root, split, np.repeat(labels, count),
                        range(first, first + people), size, appearance,
                        num_frames))
        first += people
    jobs = [job for split in plan for job in split]
    made = iter(run_jobs(make_clip, jobs, workers, progress))
    for split, jobs in zip(SPLITS, plan):
        _write_annotations(root, split, jobs, [next(made) for _ in jobs])
    return root


def _check(clips_per_class: int, held_out: List[int], num_frames: Tuple[int,
                                                                        int],
           workers: int, subjects: Tuple[int, int, int]) -> None:
    if min(clips_per_class, *held_out) < 1:
        raise UserError('clips per class must be at least 1, but got '
                        f'{clips_per_class} (train) and {held_out} (val, '
                        'test)')
    if not 2 <= num_frames[0] <= num_frames[1]:
        raise UserError('num_frames must be (fewest, most) with at least 2, '
                        f'but got {num_frames}')
    check_people(workers, subjects)


def _plan_split(rng: np.random.Generator, root: Path, split: str,
                labels: np.ndarray, people: range, size: Tuple[int, int],
                appearance: str, num_frames: Tuple[int, int]) -> List[Job]:
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
                int(rng.integers(num_frames[0], num_frames[1] + 1)), size,
                appearance))
    return jobs


def make_clip(job: Job) -> dict:
    """Render and write one clip.

    Args:
        job (Job): The clip.

    Returns:
        dict: Its entry for mmaction's ``PoseDataset``, and ``segment``, start
        and end of the motion in seconds.
    """
    clip = render_clip(job.label, job.seed, job.size, job.appearance,
                       job.num_frames, job.subject_seed)
    write_video(job.path, clip.frames, crf=23)
    return dict(
        frame_dir=job.path.stem,
        total_frames=job.num_frames,
        img_shape=job.size[::-1],
        label=job.label,
        keypoint=clip.keypoints[None].astype(np.float16),
        keypoint_score=clip.keypoint_scores[None].astype(np.float16),
        segment=clip.segment)


def _write_annotations(root: Path, split: str, jobs: List[Job],
                       poses: List[dict]) -> None:
    rows = ['filename,label,start,end']
    for job, pose in zip(jobs, poses):
        start, end = pose.pop('segment')
        rows.append(f'{job.path.name},{job.label},{start:.3f},{end:.3f}')
    (root / f'segments_{split}.csv').write_text('\n'.join(rows) + '\n')
    with open(root / f'pose_{split}.pkl', 'wb') as file:
        pickle.dump(poses, file)
    truth = '\r\n'.join(f'{job.path.name} {job.label}' for job in jobs)
    if split == 'test':
        (root / 'test_labels.txt').write_bytes(truth.encode())
        truth = '\r\n'.join(f'{job.path.name} 0' for job in jobs)
    (root / f'{split}_list_videos.txt').write_bytes(truth.encode())
