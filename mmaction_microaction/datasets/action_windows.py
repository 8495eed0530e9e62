# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Windows of one length, as a model sees those of a long video: with parts of
actions, several at once, or none.

Shapes: M actions, K classes. Times in seconds of the window, unless named as
frames.
"""
import math
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset, Compose

from mmaction_microaction.utils.errors import UserError
from .mma52_annotations import DEFAULT_FPS
from .subject_split import subject_of
from .transforms.open_video import OpenVideo
from .transforms.piece_reader import Piece

# A rest goes to and fro through so many frames at a border of a clip, so many
# times as slowly.
_HELD, _SLOWER = 4, 4
_SEEN = .5  # least share of an action, or of a window, that counts in tests
_EPSILON = 1e-6  # seconds; times come from divisions


@DATASETS.register_module()
class ActionWindows:
    """Windows cut from annotated sessions or composed of trimmed clips.

    Sessions are videos whose data infos have ``fps`` (as of ``MMA52Dataset``).
    One that is shorter than a window is taken whole. Clips have a ``label``
    (as of ``MA52Dataset``). A window of them is cut from clips of one person,
    if their names tell it (see :func:`subject_of`), one after the other, with
    rests in between: there, the last frames of the one and the first frames of
    the other are held, going slowly to and fro, as noise and breathing do not
    stop in a rest. Two such tracks may be averaged.

    In training windows are drawn by NumPy's global state, as by the host's
    transforms. With ``test_mode`` of the wrapped data set they are always the
    same: sessions are covered end to end, the last window ending with them,
    and window i of clips is drawn with seed i.

    A data info has ``pieces`` (a list of :class:`Piece`, for ``OpenVideo``),
    ``total_frames``, ``fps``, ``duration``, ``filename`` (of the first piece),
    ``clip_name`` and, where labels are known: ``gt_segments`` ((M, 2)
    float64) and ``gt_labels`` ((M,) int64) of what is seen of each action, if
    that lasts ``min_part`` or is half of the action or of the window; and
    ``label``, (K,) float32: the largest overlap with an action of the class,
    divided by the length of the action or of the window, whichever is shorter.
    So a short action in the window has 1, and so has a long one that fills it.
    In tests it is 1 where this is at least 0.5, else 0. ``metainfo`` is that
    of the data set.

    Args:
        dataset (dict | BaseDataset): The sessions or clips, labelled unless
            they are sessions in ``test_mode``.
        window (float | Sequence[float]): Length; of a pair, windows in
            training lie in between, in tests they have the greater.
        pipeline (Sequence[dict], optional): By default that of ``dataset``.
        per_epoch (int, optional): Windows, but for a test of sessions; as many
            as ``dataset`` has items by default.
        rest (float): Share of windows (0 to 1) that may lie anywhere, also in
            a rest; the others have at least a part of an action in them.
        mix (float): Share of windows of clips that two tracks are averaged in.
        gap (float): Mean rest between clips, exponentially distributed.
        min_part (float): See above.

    Raises:
        UserError: If an argument is wrong or labels are missing.
    """

    def __init__(self,
                 dataset: Union[dict, BaseDataset],
                 window: Union[float, Sequence[float]] = 2.,
                 pipeline: Optional[Sequence[Any]] = None,
                 per_epoch: Optional[int] = None,
                 rest: float = .5,
                 mix: float = .2,
                 gap: float = 2.,
                 min_part: float = .3,
                 lazy_init: bool = False) -> None:
        self.dataset = dataset if isinstance(dataset, BaseDataset) else \
            DATASETS.build(dict(dataset, lazy_init=True))
        self.window = (min(np.ravel(window)), max(np.ravel(window)))
        self.pipeline = self.dataset.pipeline if pipeline is None else \
            Compose(pipeline)
        self.rest, self.mix, self.gap = rest, mix, gap
        self.min_part, self._length = min_part, per_epoch
        if not (0 < self.window[0] and self.window[1] < math.inf
                and 0 <= rest <= 1 and 0 <= mix <= 1 and 0 <= gap < math.inf
                and min_part >= 0 and per_epoch != 0):
            raise UserError(
                'ActionWindows needs window > 0 and gap, min_part >= 0 in '
                'seconds, shares rest and mix from 0 to 1, and per_epoch >= '
                f'1, but got window={window}, gap={gap}, min_part={min_part}, '
                f'rest={rest}, mix={mix}, per_epoch={per_epoch}')
        self._open = OpenVideo().open
        self._facts: Dict[str, Tuple[int, float]] = {}
        self._ready = False
        if not lazy_init:
            self.full_init()

    @property
    def metainfo(self) -> dict:
        """Of the data set in it."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Look through the data set."""
        if self._ready:
            return
        self.dataset.full_init()
        infos = [self.dataset.get_data_info(i)
                 for i in range(len(self.dataset))]  # yapf: disable
        self.sessions = 'fps' in infos[0]
        labels = [x.get('gt_labels', x.get('label')) for x in infos]
        self.test_mode = self.dataset.test_mode
        without = [x['filename'] for x, y in zip(infos, labels) if y is None]
        if without and not (self.sessions and self.test_mode):
            raise UserError(
                'ActionWindows needs labels (except of sessions in a test), '
                f'but {without[0]} and {len(without) - 1} others have none')
        if self.sessions:
            self._frames = np.array([x['total_frames'] for x in infos])
            #: Session and place there of every action.
            self._actions = [(i, j) for i, x in enumerate(labels)
                             for j in range(len(() if x is None else x))]
            self._grid = [
                (i, first) for i, x in enumerate(infos)
                for first in _grid(x['total_frames'], self._count(x['fps']))
            ]
        else:
            people: Dict[str, List[int]] = {}
            for i, info in enumerate(infos):
                people.setdefault(_person(info['clip_name']), []).append(i)
            #: Clips of the same person, for every clip.
            self._pool = {i: x for x in people.values() for i in x}
        if self.sessions and self.test_mode:
            self._length = len(self._grid)
        self._length = self._length or len(infos)
        self._ready = True

    def __len__(self) -> int:
        self.full_init()
        return self._length

    def __getitem__(self, idx: int) -> Any:
        return self.pipeline(self.get_data_info(idx))

    def get_data_info(self, idx: int) -> dict:
        """A window; ``idx`` only matters in testing."""
        idx = range(len(self))[idx]  # what goes through all has to end
        rng = np.random.default_rng(
            idx if self.test_mode else np.random.randint(2**31))
        return self._cut(rng, idx) if self.sessions else \
            self._compose(rng, idx)

    def _cut(self, rng: np.random.Generator, idx: int) -> dict:
        """A window of a session."""
        anywhere = rng.random() < self.rest or not self._actions
        if self.test_mode:
            session, first = self._grid[idx]
        elif anywhere:
            session = rng.choice(
                len(self._frames), p=self._frames / self._frames.sum())
        else:
            session, action = self._actions[rng.integers(len(self._actions))]
        info = self.dataset.get_data_info(int(session))
        # The annotated length of some videos of MMA-52 is wrong.
        total, fps = self._measure(info['filename'])[0], info['fps']
        count = min(self._count(fps, rng), total)
        if not self.test_mode:
            first = rng.integers(total - count + 1)
            if not anywhere:
                a, b = info['gt_segments'][action] * fps
                least = self._least((b - a) / fps, count / fps) * fps
                first = round(rng.uniform(a + least - count, b - least))
        first = min(max(first, 0), total - count)
        piece = Piece(info['filename'], 0, np.arange(first, first + count))
        segments = info.pop('gt_segments', None)
        if segments is not None:
            segments = segments - first / fps
        return self._window(info, f"{info['clip_name']}:{first}", [piece],
                            count, fps, segments, info.pop('gt_labels', None))

    def _compose(self, rng: np.random.Generator, idx: int) -> dict:
        """A window of clips."""
        first = int(rng.integers(len(self._pool)))
        info = self.dataset.get_data_info(first)
        fps = self._measure(info['filename'])[1] or DEFAULT_FPS
        count = self._count(fps, rng)
        tracks = [
            self._lay(rng, self._pool[first], fps, count)
            for _ in range(1 + (rng.random() < self.mix))
        ]
        spans = np.array([x[:2] for _, track in tracks for x in track])
        labels = np.array([x[2] for _, track in tracks for x in track])
        pieces = [piece for track, _ in tracks for piece in track]
        return self._window(info, f'window{idx:06d}', pieces, count, fps,
                            spans / fps, labels)

    def _lay(self, rng: np.random.Generator, pool: List[int], fps: float,
             count: int) -> Tuple[List[Piece], List[tuple]]:
        """Lay clips along ``count`` frames: the pieces, and (start, end,
        class) of every clip, in frames of the window."""

        def draw() -> tuple:
            info = self.dataset.get_data_info(pool[rng.integers(len(pool))])
            total, own = self._measure(info['filename'])
            ratio = own / fps or 1.
            return (info['filename'], int(info['label']), total, ratio,
                    max(1, round(total / ratio)))

        def rest() -> int:
            return round(rng.exponential(self.gap) * fps)

        clips = [draw()]
        length = clips[0][-1]
        if rng.random() >= self.rest:
            least = math.ceil(self._least(length / fps, count / fps) * fps)
            starts = [int(rng.integers(least - length, count - least + 1))]
        elif rng.random() * (length + self.gap * fps) < length:
            starts = [-int(rng.integers(length))]
        else:  # in a rest, whose remainder is distributed as a whole one
            clips.append(draw())
            starts = [-rest() - length, rest()]
        while starts[0] > 0:
            clips.insert(0, draw())
            starts.insert(0, starts[0] - rest() - clips[0][-1])
        while starts[-1] + clips[-1][-1] < count:
            starts.append(starts[-1] + clips[-1][-1] + rest())
            clips.append(draw())
        # A rest shows the clip before it up to any moment, then the next one.
        cuts = [0] + [
            rng.integers(a + clip[-1], b + 1)
            for clip, a, b in zip(clips, starts, starts[1:])
        ] + [count]
        cuts = np.clip(cuts, 0, count)
        pieces, actions = [], []
        for clip, start, a, b in zip(clips, starts, cuts, cuts[1:]):
            filename, label, total, ratio, length = clip
            if a < b:
                places = _hold(np.arange(a, b) - start, length)
                frames = np.minimum((places * ratio).astype(int), total - 1)
                pieces.append(Piece(filename, int(a), frames))
            actions.append((start, start + length, label))
        return pieces, actions

    def _window(self, info: dict, name: str, pieces: List[Piece], count: int,
                fps: float, segments: Optional[np.ndarray],
                labels: Optional[np.ndarray]) -> dict:
        """The data info, given all actions, whether seen or not."""
        duration = count / fps
        info = dict(
            info,
            filename=pieces[0].filename,
            clip_name=name,
            pieces=pieces,
            total_frames=count,
            fps=fps,
            duration=duration)
        info.pop('label', None)
        if segments is None:
            return info
        seen = segments.clip(0, duration)
        overlap, length = (np.diff(x)[:, 0] for x in (seen, segments))
        overlap[overlap < _EPSILON] = 0
        kept = (overlap > 0) & (
            overlap >= self._least(length, duration) - _EPSILON)
        target = np.zeros(len(self.metainfo['classes']), np.float32)
        share = overlap / np.minimum(length, duration).clip(_EPSILON)
        np.maximum.at(target, labels, share)
        if self.test_mode:
            target = np.float32(target >= _SEEN)
        return dict(
            info,
            gt_segments=seen[kept],
            gt_labels=np.int64(labels[kept]),
            label=torch.from_numpy(target))

    def _least(self, length: Any, duration: float) -> Any:
        """Seconds of an action that must be seen to count as an instance."""
        return np.minimum(min(self.min_part, duration / 2), length / 2)

    def _count(self, fps: float, rng: Any = None) -> int:
        """Frames of a window."""
        seconds = self.window[1]
        if rng is not None and not self.test_mode:
            seconds = rng.uniform(*self.window)
        return max(1, round(seconds * fps))

    def _measure(self, filename: str) -> Tuple[int, float]:
        """Number of frames and frame rate of a file."""
        if filename not in self._facts:
            reader = self._open(filename)
            self._facts[filename] = len(reader), reader.get_avg_fps()
            reader.close()
        return self._facts[filename]


def _person(name: str) -> str:
    try:
        return subject_of(name)
    except UserError:
        return ''


def _grid(total: int, count: int) -> List[int]:
    """First frames of windows that cover a session, the last at its end."""
    last = max(total - count, 0)
    return [*range(0, last, count), last]


def _hold(places: np.ndarray, length: int) -> np.ndarray:
    """Frames of a clip (0 to ``length`` - 1) that show frames before, in and
    after it: outside, its first or last ones to and fro."""
    beyond = np.maximum(-places, places - length + 1)
    turn = min(_HELD, length) - 1
    swing = np.zeros_like(places)
    if turn:
        swing = turn - abs(beyond // _SLOWER % (2 * turn) - turn)
    return np.where(places < 0, swing,
                    np.where(places < length, places, length - 1 - swing))
