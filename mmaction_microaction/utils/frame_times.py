# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""When each frame of a video is shown: the one place that decides it.

The clock is the container's own, what ffprobe prints as ``pts_time``: a
picture that begins after the sound begins late on it, as in a player. Zero is
where players put it: transport and programme streams, whose clock starts
anywhere, and what starts below zero or an hour or more above it, count from
their first packet. docs/formats.md, "Times", says it for users.

Shapes: T frames.
"""
from fractions import Fraction
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

#: Of a video whose file does not tell any, frames per second.
DEFAULT_FPS = 30.
#: Formats of FFmpeg whose clock starts anywhere.
FREE_CLOCKS = ('mpegts', 'mpeg')
_FAR = 3600  # seconds; no recording begins so late after its file's zero
_BACK, _JUMP = -1, 10  # seconds; the second is FFmpeg's own bound
_LATE = .2  # seconds of black that are worth a word


class Stamp(NamedTuple):
    """What a packet says of its frame, in ticks of the stream."""
    pts: Optional[int]
    dts: Optional[int]
    duration: Optional[int] = None


class FrameTimes(NamedTuple):
    """(T,) float64 seconds at which frames are shown and the second when the
    last one ends; the sorted ticks of the frames, None where decoded frames
    have to be counted; what had to be guessed."""
    times: np.ndarray
    end: float
    ticks: Optional[List[int]]
    problems: Tuple[str, ...]


def time_frames(
        stamps: Sequence[Stamp],
        fps: float,
        time_base: Fraction,
        format_name: str,
        origin: Optional[float] = None,
        others: Sequence[float] = (),
) -> FrameTimes:
    """Find the times of T frames.

    Args:
        stamps (Sequence[Stamp]): T, in the order of the file.
        fps (float): As the file states it, or 0.
        time_base (Fraction): Seconds of a tick.
        format_name (str): FFmpeg's.
        origin (float, optional): When the file's first packet, sound
            included, is shown, seconds on the file's clock.
        others (Sequence[float]): When packets of other streams are read,
            seconds on that clock; they tell a gap from a clock set anew.
    """
    step = 1 / (fps or DEFAULT_FPS)
    ticks = [s.dts if s.pts is None else s.pts for s in stamps]
    missing = ticks.count(None)
    if missing == len(ticks):
        return FrameTimes(
            np.arange(missing) * step, missing * step, None,
            ('the file tells no times: its frames are counted, '
             f'{1 / step:g} a second', ))
    problems = []
    if missing:
        problems.append(f'{missing} of {len(ticks)} frames have no time; they '
                        'are spaced evenly between their neighbours')
        ticks = _fill(ticks, step / time_base)
    jumps = 0
    if format_name in FREE_CLOCKS:
        ticks, jumps = _join(ticks, stamps, time_base, step, others)
    if jumps:
        problems.append("the file's clock jumps, at "
                        f'{jumps} place{"s" * (jumps > 1)}; the frames after '
                        'a jump are appended to those before it')
    last = stamps[int(np.argmax(ticks))].duration or 0
    ticks.sort()
    repeated = len(ticks) - len(set(ticks))
    if repeated:
        problems.append(f'{repeated} of {len(ticks)} frames have the time of '
                        'the frame before')
    zero, first = 0., float(ticks[0] * time_base)
    origin = min(first, first if origin is None else origin)
    if format_name in FREE_CLOCKS:
        zero = origin
    elif origin < 0 or origin >= _FAR:
        zero = origin
        problems.append(f"the file's clock starts at {origin:.3f} s; times "
                        'start there, as in most players')
    if first - zero > max(_LATE, 1.5 * step):
        problems.append(f'the picture begins at {first - zero:.3f} s, as '
                        'players show it')
    times = np.array(ticks) * float(time_base) - zero
    end = float(times[-1]) + (float(last * time_base) or step)
    counted = jumps or format_name == 'avi' or any(s.pts is None
                                                   for s in stamps)
    return FrameTimes(times, end, None if counted else ticks, tuple(problems))


def _fill(ticks: Sequence[Optional[int]], step: float) -> List[int]:
    """Put what has no time between its neighbours, or at the file's rate
    before the first and behind the last that has one."""
    known = {i: t for i, t in enumerate(ticks) if t is not None}
    first, last, end = min(known), max(known), len(ticks) - 1
    known.setdefault(0, known[first] - first * step)
    known.setdefault(end, known[last] + (end - last) * step)
    places = sorted(known)
    filled = np.interp(range(len(ticks)), places, [known[i] for i in places])
    return [round(t) for t in filled.tolist()]


def _join(ticks: Sequence[int], stamps: Sequence[Stamp], time_base: Fraction,
          step: float, others: Sequence[float]) -> Tuple[List[int], int]:
    """Close the jumps of a clock that was set anew while recording; gives
    their number, too. Where other streams go on, the picture has a gap."""
    order = [t if s.dts is None else s.dts for t, s in zip(ticks, stamps)]
    joined: List[int] = []
    starts = [0]
    for i in range(1, len(ticks)):
        a, b = (float(t * time_base) for t in order[i - 1:i + 1])
        silent = others and not any(a + 1 < t < b - 1 for t in others)
        if b - a < _BACK or b - a > _JUMP and silent:
            starts.append(i)
    for first, behind in zip(starts, [*starts[1:], len(ticks)]):
        part = ticks[first:behind]
        shift = max(joined) + round(step / time_base) - min(part) \
            if joined else 0
        joined += [t + shift for t in part]
    return joined, len(starts) - 1
