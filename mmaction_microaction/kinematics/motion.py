# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How fast parts move, and how often the head nods or shakes.

Shapes: T frames. Unit of length: body scales.
"""
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.signal import find_peaks

from .body import (ANKLES, EARS, ELBOWS, EYES, HIPS, KNEES, NOSE, SHOULDERS,
                   SIDES, TIPS, WRISTS, Body, runs)
from .settings import MovementSettings


class Cycles(NamedTuple):
    """Nods, or shakes of the head, that follow each other."""
    start: int  # first frame, and the one behind the last
    end: int
    count: int
    rate: float  # Hz
    amplitude: float  # mean swing from one turn to the next, body scales


def part_speeds(body: Body) -> Dict[str, np.ndarray]:
    """Speed of each part, (T,) body scales per second; NaN: not seen.

    The root mean square over the part's points, less the noise of the points,
    sqrt(max(0, v^2 - n^2)): ``trunk`` (shoulders, hips) in the picture;
    ``head`` (nose, eyes, ears) against the trunk, which carries and tilts it;
    ``right arm`` (elbow, wrist) against the shoulders; ``right hand`` (finger
    tips) against the wrist; ``right leg`` (knee, ankle) against the hips; and
    those of the left.
    """
    velocity = body.velocity

    def middle(pair: Sequence[int]) -> np.ndarray:
        return velocity[:, pair].mean(1)[:, None]

    def speed(points, base=0.) -> np.ndarray:
        square = ((velocity[:, points] - base)**2).sum(-1)
        there = np.isfinite(square)
        total = np.where(there, square - body.noise[points]**2, 0).sum(1)
        count = there.sum(1)
        mean = total / np.maximum(count, 1)
        return np.where(count, np.sqrt(np.maximum(mean, 0)), np.nan)

    # A tilt of the trunk turns the head with it, about the shoulders.
    base = body.middle(SHOULDERS)
    axis = base - body.middle(HIPS)
    turn = middle(SHOULDERS)[:, 0] - middle(HIPS)[:, 0]
    square = (axis * axis).sum(1)
    spin = (axis[:, 0] * turn[:, 1] - axis[:, 1] * turn[:, 0]) / square
    spin = np.where(np.isfinite(spin), spin, 0)[:, None]
    face = [NOSE, *EYES, *EARS]
    arm = body.points[:, face] - base[:, None]
    carried = middle(SHOULDERS) + np.stack(
        [-spin * arm[..., 1], spin * arm[..., 0]], -1)
    speeds = dict(trunk=speed([*SHOULDERS, *HIPS]), head=speed(face, carried))
    for i, side in enumerate(SIDES):
        tips = list(range(28))[TIPS[i]]
        speeds[f'{side} arm'] = speed([ELBOWS[i], WRISTS[i]],
                                      middle(SHOULDERS))
        hand = speed(tips, velocity[:, [WRISTS[i]]])
        # Some estimators replace tips of a lost hand by others.
        hand[~body.seen[:, tips].all(1)] = np.nan
        speeds[f'{side} hand'] = hand
        speeds[f'{side} leg'] = speed([KNEES[i], ANKLES[i]], middle(HIPS))
    return speeds


def head_angles(body: Body) -> Dict[str, np.ndarray]:
    """Proxies of the head's pitch, yaw and roll, each (T,).

    Pitch: how far the nose is below the middle of the ears; yaw: how far to
    the picture's right of it; both in body scales, so about 0.2 of it a
    radian. Roll: angle of the line of the ears, radians, clockwise in the
    picture. Ears count for eyes where they are not seen.
    """
    sides = np.where(
        np.isfinite(body.points[:, list(EARS)]), body.points[:, list(EARS)],
        body.points[:, list(EYES)])
    ahead = body.points[:, NOSE] - sides.mean(1)
    line = sides[:, 1] - sides[:, 0]
    return dict(
        pitch=ahead[:, 1],
        yaw=ahead[:, 0],
        roll=np.arctan2(line[:, 1], line[:, 0]))


def find_cycles(track: np.ndarray, body: Body,
                settings: MovementSettings) -> List[Cycles]:
    """Cycles of a proxy (T,): turns to and fro by ``min_swing`` or more (and
    three times the noise), each half of a rate between ``min_rate`` and
    ``max_rate``. There and back is one; the count is that of turning points,
    halved and rounded up, whether or not its weak ends are seen."""
    found = []
    noise = body.noise[NOSE] / (2 * np.pi * settings.cutoff)
    swing = max(settings.min_swing, 4 * noise)
    for begin, stop in runs(np.isfinite(track)):
        part = track[begin:stop]
        peaks = [find_peaks(x, prominence=swing)[0] for x in (part, -part)]
        turns = np.sort(np.concatenate(peaks))
        inner = set(turns.tolist())
        turns = _ends(part, turns, swing)
        groups: List[List[int]] = [[]]
        for a, b in zip(turns, turns[1:]):
            rate = body.fps / (2 * (b - a))
            fits = settings.min_rate <= rate <= settings.max_rate and \
                abs(part[b] - part[a]) >= swing
            if fits:
                groups[-1] += [a, b] if not groups[-1] else [b]
            elif groups[-1]:
                groups.append([])
        for group in filter(None, groups):
            halves = len(group) - 1
            if halves >= 2:
                length = (group[-1] - group[0]) / body.fps
                found.append(
                    Cycles(begin + group[0], begin + group[-1] + 1,
                           (len(inner & set(group)) + 1) // 2,
                           halves / 2 / length,
                           float(np.abs(np.diff(part[group])).mean())))
    return found


def _ends(part: np.ndarray, turns: np.ndarray, swing: float) -> List[int]:
    """Add where the first swing begins and the last one ends."""
    turns = [int(x) for x in turns]
    if not turns:
        return []
    for first in (True, False):
        edge = turns[0] if first else turns[-1]
        piece = part[:edge + 1][::-1] if first else part[edge:]
        moved = np.abs(piece - part[edge])
        far = int(moved.argmax())
        if moved[far] >= swing:
            # From where it is nine tenths there: a rest after it is none.
            far = int(np.argmax(moved >= .9 * moved[far]))
            turns.insert(0, edge - far) if first else turns.append(edge + far)
    return turns


def smooth_level(speed: np.ndarray, width: int) -> np.ndarray:
    """(T,) root mean square in a window of so many frames; NaN are gaps."""
    there = np.isfinite(speed)
    kernel = np.ones(max(1, width))
    total = np.convolve(np.where(there, speed, 0)**2, kernel, 'same')
    count = np.convolve(there, kernel, 'same')
    return np.where(there,
                    np.sqrt(np.maximum(total, 0) / np.maximum(count, 1e-9)),
                    np.nan)


def hysteresis(enter: np.ndarray, remain: np.ndarray, shortest: float,
               pause: float) -> List[Tuple[int, int]]:
    """Runs of ``remain`` (T,) that hold a frame of ``enter``; pauses of up to
    so many frames are closed, then what is shorter is left out."""
    kept = [(a, b) for a, b in runs(remain | enter) if enter[a:b].any()]
    joined: List[Tuple[int, int]] = []
    for a, b in kept:
        if joined and a - joined[-1][1] <= pause:
            joined[-1] = joined[-1][0], b
        else:
            joined.append((a, b))
    return [(a, b) for a, b in joined if b - a >= shortest]
