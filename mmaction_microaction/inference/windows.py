# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which stretches of a video a model gets to see at a time.

Shapes: T frames, W windows, S time steps. Times in seconds.
"""
import math
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError

#: What a model has seen: MA-52's clips are 45 to 75 frames at 30 a second.
WINDOW_SECONDS = 2.
#: Up to twice that length a video is taken for one clip: cut into windows it
#: would only lose its beginning or end to chance.
CLIP_SECONDS = 4.
#: Every moment is seen by four windows, which place it within half a second.
STRIDES_PER_WINDOW = 4

_EPSILON = 1e-6  # seconds; times come from divisions


@dataclass(frozen=True)
class Window:
    """A stretch of a video that a model sees as one clip: ``num_frames``
    frames from ``first`` on, whose times are in [start, end)."""
    start: float
    end: float
    first: int
    num_frames: int


class WindowPlan(NamedTuple):
    """W windows by start, each with a frame at least, and the time steps,
    ``step`` apart, (S,) float64 each, that their scores are given for."""
    windows: List[Window]
    step: float
    step_starts: np.ndarray
    step_ends: np.ndarray


def plan_windows(times: np.ndarray,
                 end: float,
                 window: Optional[float] = None,
                 stride: Optional[float] = None) -> WindowPlan:
    """Cover a video with windows.

    They start ``stride`` after each other; the last one ends with the video.
    A video that is not longer than a window (by default: than
    :data:`CLIP_SECONDS`) is one window and one step.

    Args:
        times (np.ndarray): (T,) float, when each frame is shown; increasing.
        end (float): When the last frame ends.
        window (float, optional): By default :data:`WINDOW_SECONDS`.
        stride (float, optional): At most a window; by default a quarter.
    """
    length = WINDOW_SECONDS if window is None else window
    step = length / STRIDES_PER_WINDOW if stride is None else stride
    for name, value in (('window', length), ('stride', step)):
        if not 0 < value < math.inf:
            raise UserError(
                f'{name} must be positive seconds, but got {value}')
    if step > length:
        raise UserError(f'stride ({step} s) must not be longer than window '
                        f'({length} s): what is in between would not be seen')
    clip = CLIP_SECONDS if window is None else length
    if end <= clip + _EPSILON:
        whole = Window(0., end, 0, len(times))
        return WindowPlan([whole], end, np.zeros(1), np.array([end]))
    last = end - length
    starts = np.append(
        np.arange(math.ceil((last - _EPSILON) / step)) * step, last)
    edges = np.stack([starts, starts + length])
    frames = np.searchsorted(times, edges - _EPSILON)
    windows = [
        Window(a, b, i, j - i)
        for a, b, i, j in zip(*edges.tolist(), *frames.tolist()) if j > i
    ]
    return WindowPlan(windows, step, *make_steps(end, step))


def plan_chunks(times: np.ndarray, end: float,
                max_frames: int) -> List[Window]:
    """Cut a video, given as in :func:`plan_windows`, into as few consecutive
    windows of about the same length as hold ``max_frames`` frames at most."""
    count = math.ceil(len(times) / max_frames)
    edges = np.arange(count + 1) * len(times) // count
    bounds = [*times[edges[:-1]].tolist(), end]
    return list(
        map(Window, bounds, bounds[1:], edges.tolist(),
            np.diff(edges).tolist()))


def make_steps(end: float, step: float) -> Tuple[np.ndarray, np.ndarray]:
    """Starts and ends of time steps; the last takes in what is left over, and
    is half to one and a half times as long as the others."""
    starts = np.arange(max(1, math.floor(end / step + .5))) * step
    return starts, np.append(starts[1:], end)
