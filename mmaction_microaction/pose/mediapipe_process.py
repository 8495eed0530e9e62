# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""mediapipe, which needs an old protobuf, in an environment of its own: frames
are piped to ``holistic_program.py``.

Shapes: P persons, V points; H x W pixels.
"""
import json
import os
import os.path as osp
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, List, Optional

import cv2
import numpy as np

from mmaction_microaction.utils.errors import UserError, UserRuntimeError
from .converters import NOBODY
from .holistic_program import HEADER

_ENV_VARIABLE, _ENV_FOLDER = 'MICROACTION_POSE_ENV', '.pose-env'
_PROGRAM = osp.join(osp.dirname(osp.abspath(__file__)), 'holistic_program.py')
_START, _FRAME = 120., 60.  # seconds that the program may take
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


class MediaPipe:
    """The program in its environment; restarted after a crash."""
    settle = 30  # frames; it tracks, and smooths over time

    def __init__(self, wait: bool = True) -> None:
        self._twins: List[MediaPipe] = []
        self._python = env_python()
        if not osp.exists(self._python):
            raise UserError(
                'mediapipe needs an environment of its own, and there is no '
                f'{self._python}: run `make pose-env` or `python tools/data/'
                'extract_pose.py --make-env`, or set the variable '
                f'{_ENV_VARIABLE} to the folder that has it')
        self._process: Optional[subprocess.Popen] = None
        self._start()
        if wait:
            self.restart()

    def restart(self) -> None:
        """The next picture begins another video, or part of one."""
        self._begins = True
        self._start()
        if not self.source:
            self.source, self.layout = self._ask(_START)

    def _start(self) -> None:
        if self._process is None:
            self.source = self.layout = ''  # until it is ready
            self._log = tempfile.TemporaryFile()
            quiet = dict(GLOG_minloglevel='3', TF_CPP_MIN_LOG_LEVEL='3')
            self._process = subprocess.Popen([self._python, '-I', _PROGRAM],
                                             stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE,
                                             stderr=self._log,
                                             env=dict(os.environ, **quiet))

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (P, V, 3) float32 x, y, score."""
        shape = np.array(rgb.shape[:2])
        height, width = np.maximum(shape * min(1, _HEIGHT / shape[0]), 1)
        size = round(width), round(height)
        # Bilinear takes 10 ms less a picture, but points of hidden legs then
        # tremble twice as much.
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
            self._end()
            self._log.seek(0)
            words = (line or self._log.read()).decode(errors='replace').strip()
            raise UserRuntimeError('the estimator ' + (
                f'hung (for more than {seconds:g} s)' if hung else 'crashed') +
                                   f': {words[-200:].splitlines()[-1]}' *
                                   bool(words)) from error
        finally:
            watch.cancel()

    def team(self, count: int) -> list:
        """So many for work at once, with this one; it uses little more than
        one core."""
        while len(self._twins) < count - 1:
            self._twins.append(MediaPipe(wait=False))
        return [self, *self._twins[:count - 1]]

    def close(self) -> None:
        for model in (self, *self._twins):
            model._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
