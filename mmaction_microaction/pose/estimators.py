# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Poses of videos by mediapipe or rtmlib (docs/pose.md compares them).

Shapes: P persons, V points; H x W pixels.
"""
import importlib
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, redirect_stdout, suppress
from importlib import metadata
from itertools import count
from queue import SimpleQueue
from typing import Any, Callable, Dict, Optional, Sequence, Union

import cv2
import numpy as np

from mmaction_microaction.utils.errors import UserError, reason_of
from mmaction_microaction.utils.video_reader import VideoReader
from .converters import NOBODY, Estimates, make_entry
from .estimate_files import convert_pose
from .mediapipe_process import MediaPipe

_AHEAD = 4  # frames that are decoded ahead
_PART = 450  # frames, at most, that one process estimates in a row


class _RtmLib:
    """rtmlib's person detector and RTMW, in this process."""
    layout, settle = 'coco_wholebody133', 0

    def __init__(self) -> None:
        try:
            rtmlib = importlib.import_module('rtmlib')
            self.source = f'rtmlib-{metadata.version("rtmlib")} RTMW'
        except ImportError as error:
            raise UserError(f'rtmlib cannot be imported ({error}): pip install'
                            ' rtmlib onnxruntime') from error
        try:
            with redirect_stdout(io.StringIO()):
                self._model = rtmlib.Wholebody(mode='balanced')
        except Exception as error:  # of the network, the disk, onnxruntime
            raise UserError(
                'rtmlib cannot load its models, which it downloads at first '
                'use into ~/.cache/rtmlib or $TORCH_HOME '
                f'({type(error).__name__}: {error})') from error

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (P, 133, 3) float32 x, y, score."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        boxes = self._model.det_model(bgr)
        if not len(boxes):  # the next model would take the whole picture
            return NOBODY
        points, scores = self._model.pose_model(bgr, bboxes=boxes)
        return np.dstack([points, scores]).astype(np.float32)

    def restart(self) -> None:
        """Nothing: pictures are independent."""

    def team(self, count: int) -> list:
        return [self]  # which uses all cores

    close = restart


class _Stopped(Exception):
    """The estimator has failed: no further frames are needed."""


ESTIMATORS = dict(mediapipe=MediaPipe, rtmlib=_RtmLib)


def find_estimator(name: str) -> Any:
    """A running estimator, to be closed: a callable picture (H, W, 3) uint8
    RGB -> persons (P, V, 3), with ``restart()`` for each video, ``source`` and
    ``layout``. UserError, with instructions, if it is not installed."""
    if name not in ESTIMATORS:
        raise UserError(f'there is no estimator {name!r}; there are '
                        f'{", ".join(ESTIMATORS)}')
    return ESTIMATORS[name]()


def estimate_pose(path: str,
                  estimator: Union[str, Any] = 'mediapipe',
                  progress: Optional[Callable[[int, int], None]] = None,
                  processes: int = 0) -> dict:
    """Estimate the pose of one person in a video of any length.

    mediapipe gets parts of at most 450 frames, whatever ``processes`` is. Each
    begins 30 frames early, to settle; over 15 of them one fades into the next.

    Args:
        path (str): The video.
        estimator (str | object): A name, or an estimator of
            :func:`find_estimator`, which stays open.
        progress (callable, optional): Gets frames done and frames in all.
        processes (int): Of mediapipe, at most; 0 for one per core.

    Returns:
        dict: A pose entry of 28 points (docs/pose.md).

    Raises:
        UserError: If the estimator is missing, crashes or hangs, or a frame of
            the video is unreadable.
    """
    numbers, lock, failed = count(1), threading.Lock(), threading.Event()
    idle: SimpleQueue = SimpleQueue()  # estimators, each with its reader

    def tick() -> None:
        with lock:
            if progress:
                progress(next(numbers), total)

    def work(part: range) -> list:
        model, reader = pair = idle.get()
        try:
            return _estimate_part(reader, model, part, tick, failed)
        except BaseException:
            failed.set()
            raise
        finally:
            idle.put(pair)

    with ExitStack() as stack:
        model = estimator
        if isinstance(estimator, str):
            model = stack.enter_context(closing(find_estimator(estimator)))
        first = stack.enter_context(closing(VideoReader(path)))
        total = len(first)
        size = -(-total // -(-total // _PART)) if model.settle else total
        parts = [range(i, min(i + size, total)) for i in range(0, total, size)]
        team = model.team(min(len(parts), processes or os.cpu_count() or 1))
        idle.put((model, first))
        for twin in team[1:]:
            reader = VideoReader(path, index=first.index)
            idle.put((twin, stack.enter_context(closing(reader))))
        pool = stack.enter_context(ThreadPoolExecutor(len(team)))
        try:
            found = [*pool.map(work, parts)]
        except BaseException:  # an interrupt ends the parts, too
            failed.set()
            raise
        return make_entry(path,
                          Estimates(_join(found, model.settle), model.layout),
                          model.source, first.shape, first.get_avg_fps())


def _estimate_part(reader: VideoReader, model: Any, part: range,
                   tick: Callable, failed: threading.Event) -> list:
    """Persons of a part's frames, after those of ``model.settle`` frames that
    end the part before. Ends early, with some of them, once another part has
    ``failed``."""
    room, pending = threading.Semaphore(_AHEAD), []
    start = max(0, part.start - model.settle)

    def look(rgb: np.ndarray, number: int) -> np.ndarray:
        try:
            persons = model(rgb)
            if number in part:
                tick()
            return persons
        except BaseException:
            failed.set()
            raise
        finally:
            room.release()

    def hand_over(rgb: np.ndarray) -> Any:
        """The next frames are decoded while the estimator is busy."""
        room.acquire()
        if failed.is_set():
            raise _Stopped
        number = start + len(pending)
        pending.append(pool.submit(look, rgb.copy(), number))
        return pending[-1]

    with ThreadPoolExecutor(1) as pool:
        model.restart()
        frames: Sequence[Any] = pending  # in which there is the error
        with suppress(_Stopped):
            frames = reader.read(range(start, part.stop), hand_over)
        return [x.result() for x in frames]


def _join(parts: Sequence[list], settle: int) -> list:
    """All frames; one estimate fades into the next, as a jump would pass for
    a movement."""
    frames, faded = [*parts[0]], settle // 2
    for part in parts[1:]:
        pairs = zip(frames[-faded:], part[settle - faded:settle])
        for i, (old, new) in enumerate(pairs, start=1):
            weight = i / (faded + 1)
            nearer = new if weight > .5 else old
            if len(old) == len(new) == 1:
                both = (old[..., 2:] > 0) & (new[..., 2:] > 0)
                nearer = np.where(both, (1 - weight) * old + weight * new,
                                  nearer)
            frames[i - faded - 1] = nearer
        frames += part[settle:]
    return frames


_RUNNING: Dict[str, Any] = {}  # the estimators of this process


def entry_safely(video: str,
                 how: Sequence[str],
                 progress: Optional[Callable] = None) -> Union[dict, str]:
    """An entry, or the reason of failure; both can be pickled. ``how`` is an
    estimator, one for all videos of a process, or arguments of
    :func:`convert_pose`."""
    cv2.setNumThreads(1)  # there is a process for each core
    try:
        if len(how) > 1:
            return convert_pose(video, *how)
        if how[0] not in _RUNNING:
            _RUNNING[how[0]] = find_estimator(how[0])
        return estimate_pose(video, _RUNNING[how[0]], progress, 1)
    except Exception as error:
        return reason_of(error, video)
