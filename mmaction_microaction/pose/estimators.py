# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Poses of videos by mediapipe or rtmlib (docs/pose.md compares them).

mediapipe 0.10.21 needs an old protobuf, so it runs in its own environment:
frames are read here and piped to ``holistic_program.py``.

Shapes: P persons, V points; H x W pixels.
"""
import importlib
import io
import json
import os
import os.path as osp
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, redirect_stdout, suppress
from importlib import metadata
from itertools import count
from typing import Any, Callable, Dict, Optional, Sequence, Union

import cv2
import numpy as np

from mmaction_microaction.utils.errors import (UserError, UserRuntimeError,
                                               reason_of)
from mmaction_microaction.utils.video import VideoReader
from .converters import NOBODY, Estimates, make_entry
from .estimate_files import convert_pose
from .holistic_program import HEADER

_ENV_VARIABLE, _ENV_FOLDER = 'MICROACTION_POSE_ENV', '.pose-env'
_PROGRAM = osp.join(osp.dirname(osp.abspath(__file__)), 'holistic_program.py')
_START, _FRAME = 120., 60.  # seconds that the program may take
_AHEAD = 4  # frames that are decoded ahead
_HEIGHT = 720  # pixels of what it gets; it looks at parts of 256 x 256


def env_python() -> str:
    """Interpreter of mediapipe's environment, whether it exists or not: in
    ``$MICROACTION_POSE_ENV``, or .pose-env here or beside the package."""
    package = osp.dirname(osp.dirname(_PROGRAM))
    beside = osp.join(osp.dirname(package), _ENV_FOLDER)
    folders = [os.environ.get(_ENV_VARIABLE), _ENV_FOLDER, beside]
    pythons = [osp.join(x, 'bin', 'python') for x in folders if x]
    there = filter(osp.exists, pythons[:1] if folders[0] else pythons)
    return osp.abspath(next(there, pythons[0]))


def make_env(requirements: str) -> str:
    """Create that environment from a file of pins; returns its interpreter."""
    python = env_python()
    folder = osp.dirname(osp.dirname(python))
    install = [python, '-m', 'pip', 'install', '-q', '--no-deps', '-r']
    try:
        subprocess.run([sys.executable, '-m', 'venv', folder], check=True)
        subprocess.run([*install, requirements], check=True)
    except subprocess.CalledProcessError as error:
        raise UserError(f'{folder} could not be made: {error}') from error
    return python


class _MediaPipe:
    """The program in its environment; restarted after a crash."""

    def __init__(self) -> None:
        self._python = env_python()
        if not osp.exists(self._python):
            raise UserError(
                'mediapipe needs an environment of its own, and there is no '
                f'{self._python}: run `make pose-env` or `python tools/data/'
                'extract_pose.py --make-env`, or set the variable '
                f'{_ENV_VARIABLE} to the folder that has it')
        self._process: Optional[subprocess.Popen] = None
        self.restart()

    def restart(self) -> None:
        """The next picture begins another video."""
        self._begins = True
        if self._process is None:
            self._log = tempfile.TemporaryFile()
            quiet = dict(GLOG_minloglevel='3', TF_CPP_MIN_LOG_LEVEL='3')
            self._process = subprocess.Popen([self._python, '-I', _PROGRAM],
                                             stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE,
                                             stderr=self._log,
                                             env=dict(os.environ, **quiet))
            self.source, self.layout = self._ask(_START)

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (P, V, 3) float32 x, y, score."""
        shape = np.array(rgb.shape[:2])
        height, width = np.maximum(shape * min(1, _HEIGHT / shape[0]), 1)
        size = round(width), round(height)
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        header = HEADER.pack(*size[::-1], self._begins)
        self._begins = False
        persons = np.array(self._ask(_FRAME, header, small.data), np.float32)
        if not len(persons):
            return NOBODY
        persons[..., :2] *= shape[::-1] / size
        return persons

    def _ask(self, seconds: float, *parts: Any) -> Any:
        """Send bytes and read a line of JSON, within ``seconds``."""
        process, start, line = self._process, time.monotonic(), b''
        watch = threading.Timer(seconds, process.kill)
        watch.start()
        try:
            for part in parts:
                process.stdin.write(part)
            process.stdin.flush()
            line = process.stdout.readline()
            return json.loads(line)
        except (OSError, ValueError) as error:
            hung = time.monotonic() - start >= seconds
            self.close()
            self._log.seek(0)
            words = (line or self._log.read()).decode(errors='replace').strip()
            raise UserRuntimeError('the estimator ' + (
                f'hung (for more than {seconds:g} s)' if hung else 'crashed') +
                                   f': {words[-200:].splitlines()[-1]}' *
                                   bool(words)) from error
        finally:
            watch.cancel()

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


class _RtmLib:
    """rtmlib's person detector and RTMW, in this process."""
    layout = 'coco_wholebody133'

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

    close = restart


class _Stopped(Exception):
    """The estimator has failed: no further frames are needed."""


ESTIMATORS = dict(mediapipe=_MediaPipe, rtmlib=_RtmLib)


def find_estimator(name: str) -> Any:
    """A running estimator, to be closed: a callable picture (H, W, 3) uint8
    RGB -> persons (P, V, 3), with ``restart()`` for each video, ``source`` and
    ``layout``. UserError, with instructions, if it is not installed."""
    if name not in ESTIMATORS:
        raise UserError(f'there is no estimator {name!r}; there are '
                        f'{", ".join(ESTIMATORS)}')
    return ESTIMATORS[name]()


def estimate_pose(
        path: str,
        estimator: Union[str, Any] = 'mediapipe',
        progress: Optional[Callable[[int, int], None]] = None) -> dict:
    """Estimate the pose of one person in a video of any length.

    Args:
        path (str): The video.
        estimator (str | object): A name, or an estimator of
            :func:`find_estimator`, which stays open.
        progress (callable, optional): Gets frames done and frames in all.

    Returns:
        dict: A pose entry of 28 points (docs/pose.md).

    Raises:
        UserError: If the estimator is missing, crashes or hangs, or a frame of
            the video is unreadable.
    """
    model, numbers = estimator, count(1)
    if isinstance(estimator, str):
        model = find_estimator(estimator)

    failed, room = threading.Event(), threading.Semaphore(_AHEAD)

    def look(rgb: np.ndarray) -> np.ndarray:
        try:
            persons = model(rgb)
            if progress:
                progress(next(numbers), total)
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
        pending.append(pool.submit(look, rgb.copy()))
        return pending[-1]

    pending: list = []
    try:
        with closing(VideoReader(path)) as reader, \
                ThreadPoolExecutor(1) as pool:
            total = len(reader)
            model.restart()
            frames: Sequence[Any] = pending  # in which there is the error
            with suppress(_Stopped):
                frames = reader.read(range(total), hand_over)
            found = [x.result() for x in frames]
            return make_entry(path, Estimates(found, model.layout),
                              model.source, reader.shape, reader.get_avg_fps())
    finally:
        if model is not estimator:
            model.close()


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
        return estimate_pose(video, _RUNNING[how[0]], progress)
    except Exception as error:
        return reason_of(error, video)
