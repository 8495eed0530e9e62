# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Shapes: M actions, K classes. Times in seconds from a window's start."""
import math
import os.path as osp
from contextlib import closing
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import Compose

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_reader import VideoIndex
from .mma52_annotations import DEFAULT_FPS
from .subject_split import subject_of
from .transforms import OpenVideo
from .transforms.piece_reader import Piece

# A rest replays this many frames back and forth, slowed down by this factor.
_HELD, _SLOWER = 4, 4
_EPSILON = 1e-6  # seconds; times come from divisions


@DATASETS.register_module()
class ActionWindows:
    """Windows of long videos, with parts of actions, several, or none.

    They are cut from sessions, whose data infos have ``fps`` (as of
    ``MMA52Dataset``; one shorter than a window is used whole), or composed of
    clips with a ``label`` (as of ``MA52Dataset``), of one person if names have
    the participant as prefix (:func:`subject_of`). Between clips, the last
    frames of one and the first of the next are replayed slowly back and forth,
    so that noise and breathing continue. Training samples from NumPy's global
    state. In ``test_mode`` windows are deterministic: they tile sessions, and
    window i of clips has seed i.

    A data info has ``pieces`` (for ``OpenVideo``), ``total_frames``, ``fps``,
    ``duration``, ``filename``, ``clip_name`` and, if labels are known,
    ``gt_segments`` ((M, 2) float64) and ``gt_labels`` ((M,) int64) of the
    visible part of an action, if it lasts ``min_part`` or is half of the
    action or of the window; and ``label``, (K,) float32: the largest overlap
    with an action of the class, relative to the shorter of action and window.
    In tests it is 1 where this is at least 0.5, else 0.

    Args:
        dataset (dict): Sessions or clips.
        window (float | Sequence[float]): Length, seconds; a range is sampled
            in training, its maximum used in tests.
        pipeline (Sequence[dict], optional): None for that of ``dataset``.
        per_epoch (int, optional): Number of windows, except of sessions in
            tests; None for that of the items of ``dataset``.
        rest (float): Share of windows, 0 to 1, at random positions; the others
            contain a part of an action, of ``min_part`` as above.
        mix (float): Share of composed windows that average two (mixup).
        gap (float): Mean rest between clips, seconds, exponential.
        margin (float): Rest at each end of a clip, seconds, at most a quarter
            of it.
        min_part (float): Shortest visible part, seconds; see above.

    Raises:
        UserError: If an argument is invalid, or labels are missing (only
            sessions in tests need none).
    """

    def __init__(self,
                 dataset: dict,
                 window: Union[float, Sequence[float]] = 2.,
                 pipeline: Optional[Sequence[Any]] = None,
                 per_epoch: Optional[int] = None,
                 rest: float = .5,
                 mix: float = .2,
                 gap: float = 2.,
                 margin: float = 0.,
                 min_part: float = .3) -> None:
        given = dict(
            rest=rest, mix=mix, gap=gap, margin=margin, min_part=min_part)
        if min(np.min(window), per_epoch or 1) <= 0 or max(rest, mix) > 1 or \
                min(given.values()) < 0:
            raise UserError(
                'ActionWindows needs window and per_epoch above 0, the others '
                f'from 0 on, rest and mix up to 1, but got window={window}, '
                f'per_epoch={per_epoch}, {given}')
        vars(self).update(given, window=window)
        self.dataset = DATASETS.build(dataset)
        self.metainfo = self.dataset.metainfo
        self.test_mode = self.dataset.test_mode
        self.pipeline = self.dataset.pipeline if pipeline is None else \
            Compose(pipeline)
        infos = [*map(self.dataset.get_data_info, range(len(self.dataset)))]
        self._of_sessions = 'fps' in infos[0]
        without = [x['filename'] for x in infos if 'label' not in x]
        if without and not (self._of_sessions and self.test_mode):
            raise UserError(f'ActionWindows needs labels, but {without[0]} and'
                            f' {len(without) - 1} others have none')
        self._length = per_epoch or len(infos)
        self._indices: Dict[str, VideoIndex] = {}
        people: Dict[str, List[int]] = {}  # person -> clips
        # (session, action); in tests (session, first frame)
        self._places: List[Tuple[int, int]] = []
        for i, info in enumerate(infos):
            if not self._of_sessions:
                name = osp.basename(info['clip_name'])
                person = subject_of(name) if '_' in name[1:] else ''
                people.setdefault(person, []).append(i)
            elif self.test_mode:
                count = self._count(info['fps'])
                last = max(info['total_frames'] - count, 0)
                firsts = [*range(0, last, count), last]
                self._places += [(i, first) for first in firsts]
                self._length = len(self._places)
            else:
                self._places += [(i, j) for j in range(len(info['gt_labels']))]
        self._pools = [clips for clips in people.values() for _ in clips]
        lengths = [x.get('total_frames', 1) for x in infos]
        self._shares = np.divide(lengths, sum(lengths))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, idx: int) -> Any:
        return self.pipeline(self.get_data_info(idx))

    def get_data_info(self, idx: int) -> dict:
        """A window; random in training."""
        idx = range(len(self))[idx]  # IndexError ends an iteration
        seed = idx if self.test_mode else np.random.randint(2**31)
        make = self._cut if self._of_sessions else self._compose
        return make(np.random.default_rng(seed), idx)

    def _cut(self, rng: np.random.Generator, idx: int) -> dict:
        """Cut a window from a session."""
        action = None
        if self.test_mode:
            session, first = self._places[idx]
        elif rng.random() < self.rest or not self._places:
            session = rng.choice(len(self._shares), p=self._shares)
        else:
            session, action = self._places[rng.integers(len(self._places))]
        info = self.dataset.get_data_info(int(session))
        # The annotated length of some videos of MMA-52 is wrong.
        index, fps = self._index_of(info['filename']), info['fps']
        total = len(index.places)
        count = min(self._count(fps, rng), total)
        if not self.test_mode:
            low, high = 0, total - count
            if action is not None:
                low, high = info['gt_segments'][action] * fps
                least = self._least(high - low, count, fps)
                low, high = low + least - count, high - least
            low, high = math.ceil(low), math.floor(high)
            first = int(rng.integers(low, max(low, high) + 1))
        first = min(max(first, 0), total - count)
        frames = np.arange(first, first + count)
        piece = Piece(info['filename'], 0, frames, index)
        info['clip_name'] += f':{first}'
        if 'gt_segments' in info:
            info['gt_segments'] -= first / fps
        return self._window(info, [piece], count, fps)

    def _compose(self, rng: np.random.Generator, idx: int) -> dict:
        """Compose a window of clips."""
        pool = self._pools[rng.integers(len(self._pools))]
        info = self.dataset.get_data_info(pool[0])
        fps = self._index_of(info['filename']).fps or DEFAULT_FPS
        count = self._count(fps, rng)
        pieces, segments, labels = [], [], []
        for _ in range(1 + (rng.random() < self.mix)):
            for clip, start, shown in self._lay(rng, pool, fps, count):
                filename, label, index, length = clip
                margin = min(self.margin * fps, length / 4)
                segments.append((start + margin, start + length - margin))
                labels.append(label)
                if len(shown):
                    frames = _hold(shown - start, length)
                    frames = frames * len(index.places) // length
                    pieces.append(
                        Piece(filename, int(shown[0]), frames, index))
        info.update(
            clip_name=f'window{idx:06d}',
            gt_segments=np.divide(segments, fps),
            gt_labels=np.array(labels))
        return self._window(info, pieces, count, fps)

    def _lay(self, rng: np.random.Generator, pool: List[int], fps: float,
             count: int) -> List[tuple]:
        """Lay out clips along a window: (file, label, index, frames in the
        window), start, visible frames."""

        def draw() -> tuple:
            info = self.dataset.get_data_info(pool[rng.integers(len(pool))])
            index = self._index_of(info['filename'])
            length = len(index.places) * fps / (index.fps or fps)
            return (info['filename'], int(info['label']), index,
                    max(1, round(length)))

        def rest() -> int:
            return round(rng.exponential(self.gap) * fps)

        clips = [draw()]
        length = clips[0][-1]
        if rng.random() >= self.rest:
            least = max(1, math.ceil(self._least(length, count, fps)))
            starts = [int(rng.integers(least - length, count - least + 1))]
        elif rng.random() * (length + self.gap * fps) < length:
            starts = [-int(rng.integers(length))]
        else:  # in a rest; its remainder is exponential, too
            clips.append(draw())
            starts = [-rest() - length, rest()]
        while starts[0] > 0:
            clips.insert(0, draw())
            starts.insert(0, starts[0] - rest() - clips[0][-1])
        ends = [start + clip[-1] for start, clip in zip(starts, clips)]
        while ends[-1] < count:
            clips.append(draw())
            starts.append(ends[-1] + rest())
            ends.append(starts[-1] + clips[-1][-1])
        # A rest shows the previous clip up to a random moment, then the next.
        cuts = [rng.integers(a, b + 1) for a, b in zip(ends, starts[1:])]
        cuts = np.clip([0, *cuts, count], 0, count)
        return [(clip, start, np.arange(a, b))
                for clip, start, a, b in zip(clips, starts, cuts, cuts[1:])]

    def _window(self, info: dict, pieces: List[Piece], count: int,
                fps: float) -> dict:
        """The data info, from one with all actions, visible or not."""
        duration = count / fps
        info.update(pieces=pieces, total_frames=count, fps=fps)
        info.update(filename=pieces[0].filename, duration=duration)
        if 'gt_segments' not in info:
            return info
        segments, labels = info['gt_segments'], info['gt_labels']
        seen = segments.clip(0, duration)
        overlap, length = (np.diff(x)[:, 0] for x in (seen, segments))
        least = self._least(length, duration) - _EPSILON
        kept = overlap > np.maximum(least, _EPSILON)
        share = overlap / np.minimum(length, duration).clip(_EPSILON)
        target = np.zeros(len(self.metainfo['classes']), np.float32)
        np.maximum.at(target, labels, np.where(overlap > _EPSILON, share, 0))
        if self.test_mode:
            target = np.float32(target > .5 - _EPSILON)
        info.update(gt_segments=seen[kept], gt_labels=labels[kept])
        return dict(info, label=torch.from_numpy(target))

    def _least(self, length: Any, window: float, fps: float = 1.) -> Any:
        """Shortest visible part of an action; all in seconds / fps."""
        return np.minimum(min(self.min_part * fps, window / 2), length / 2)

    def _count(self, fps: float, rng: Any = None) -> int:
        """Number of frames of a window."""
        least, most = float(np.min(self.window)), float(np.max(self.window))
        seconds = most if self.test_mode else rng.uniform(least, most)
        return max(1, round(seconds * fps))

    def _index_of(self, filename: str) -> VideoIndex:
        """A session is too long to be searched for each window."""
        if filename not in self._indices:
            with closing(OpenVideo().open(filename)) as reader:
                self._indices[filename] = reader.index
        return self._indices[filename]


def _hold(places: np.ndarray, length: int) -> np.ndarray:
    """Map positions to frames of a clip, 0 to ``length`` - 1: outside, its
    first or last frames back and forth."""
    turn = max(min(_HELD, length) - 1, 1)
    beyond = np.maximum(-places, places - length + 1) // _SLOWER
    swing = np.minimum(turn - abs(beyond % (2 * turn) - turn), length - 1)
    return np.select([places < 0, places < length], [swing, places],
                     length - 1 - swing)
