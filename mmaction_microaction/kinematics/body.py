# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The tracks of a person's points, smoothed, in body scales.

Shapes: T frames, V = 28 points of ``openpose28`` (docs/pose.md).
"""
from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np
from scipy.signal import butter, sosfiltfilt

from mmaction_microaction.utils.errors import UserError
from .settings import MovementSettings

# Points of openpose28; pairs: the person's right, left.
NOSE, NECK = 0, 1
SHOULDERS, ELBOWS, WRISTS = (2, 5), (3, 6), (4, 7)
HIPS, KNEES, ANKLES = (8, 11), (9, 12), (10, 13)
EYES, EARS = (14, 15), (16, 17)
TIPS = (slice(23, 28), slice(18, 23))
SIDES = ('right', 'left')
#: Width of the shoulders to length of the trunk, neck to hips, of adults.
_WIDTH_OF_TRUNK = .76


@dataclass(frozen=True)
class Body:
    """Tracks of one person; NaN where a point is not seen."""
    points: np.ndarray  # (T, 28, 2) smoothed, body scales
    velocity: np.ndarray  # (T, 28, 2) body scales per second
    noise: np.ndarray  # (28,) what is noise of the speed, the same unit
    seen: np.ndarray  # (T, 28) bool, before gaps are bridged
    times: np.ndarray  # (T,) seconds
    fps: float
    scale: float  # pixels of a body scale

    def middle(self, pair: Sequence[int]) -> np.ndarray:
        """(T, 2) the point between two."""
        return self.points[:, list(pair)].mean(1)


def track_body(points: np.ndarray, scores: np.ndarray, times: np.ndarray,
               settings: MovementSettings) -> Body:
    """Smooth the points of a person and measure them in body scales.

    The scale is the 90th percentile of the width of the shoulders, or 0.76 of
    that of the trunk's length if this is larger, as of a person seen from the
    side. The filter is a Butterworth of second order, forwards and backwards;
    videos of less than twice the cut-off per second are not filtered.

    Args:
        points (np.ndarray): (T, 28, 2), pixels.
        scores (np.ndarray): (T, 28), 0 to 1.
        times (np.ndarray): (T,), seconds.

    Raises:
        UserError: If shapes are others, times do not increase, or neither
            shoulders nor trunk are ever seen.
    """
    points = np.array(points, float)
    scores, times = np.asarray(scores, float), np.asarray(times, float)
    if points.shape != (*scores.shape, 2) or scores.shape[1:] != (28, ) or \
            times.shape != scores.shape[:1] or len(times) < 2 or \
            not (np.diff(times) > 0).all():
        raise UserError(
            'expected points (T, 28, 2), scores (T, 28) and increasing times '
            f'(T,) of two frames or more, but got {points.shape}, '
            f'{scores.shape} and {times.shape}')
    seen = (scores >= settings.min_score) & np.isfinite(points).all(-1)
    points[~seen] = np.nan
    scale = _measure_scale(points)
    points /= scale
    fps = (len(times) - 1) / (times[-1] - times[0])
    sections, share = None, min(2 * settings.cutoff / fps, 1.)
    if share < 1:
        sections = butter(2, share, output='sos')
    raw, smooth = points, np.full_like(points, np.nan)
    velocity = np.full_like(points, np.nan)
    for v in range(28):
        whole = bridge(raw[:, v], settings.max_gap * fps)
        for start, end in runs(np.isfinite(whole[:, 0])):
            part = whole[start:end]
            if sections is not None and len(part) > 3:
                part = sosfiltfilt(
                    sections, part, axis=0, padlen=min(9,
                                                       len(part) - 1))
            smooth[start:end, v] = part
            if len(part) > 1:
                velocity[start:end, v] = np.gradient(
                    part, times[start:end], axis=0)
    # White noise of the points: what the filter took away tells how much of
    # it there is, and the filter how much of it is left in the speed.
    noise = np.zeros(28)
    if sections is not None:
        hertz = np.linspace(0, fps / 2, 512)
        gain = 1 / (1 + (hertz / settings.cutoff)**4)
        away = np.sqrt(((1 - gain)**2).mean())
        slope = fps * np.sin(2 * np.pi * hertz / fps)  # of np.gradient
        left = np.sqrt(2 * ((slope * gain)**2).mean())
        lost = np.abs(raw - smooth).transpose(1, 0, 2).reshape(28, -1)
        some = np.isfinite(lost).any(1)
        sigma = 1.48 * np.nanmedian(lost[some], axis=1) / away
        noise[some] = sigma * left
    return Body(smooth, velocity, noise, seen, times, fps, scale)


def _measure_scale(points: np.ndarray) -> float:
    """Pixels."""
    ends = ((points[:, 2], points[:, 5], 1.),
            (points[:, NECK], points[:, list(HIPS)].mean(1), _WIDTH_OF_TRUNK))
    lengths = [share * np.linalg.norm(a - b, axis=1) for a, b, share in ends]
    found = [np.percentile(x[np.isfinite(x)], 90) for x in lengths
             if np.isfinite(x).any()]  # yapf: disable
    if not found or not max(found) > 0:
        raise UserError('shoulders, or neck and hips, are never seen together:'
                        ' there is no body scale to measure in; see the '
                        'preview of tools/data/extract_pose.py')
    return float(max(found))


def bridge(track: np.ndarray, longest: float) -> np.ndarray:
    """Fill gaps of up to so many frames in a track (T, ...) by lines."""
    there, out = np.isfinite(track[:, 0]), track.copy()
    for start, end in runs(~there):
        if start and end < len(track) and end - start <= longest:
            share = (np.arange(start, end) - start + 1) / (end - start + 1)
            step = track[end] - track[start - 1]
            out[start:end] = track[start - 1] + np.multiply.outer(share, step)
    return out


def runs(mask: np.ndarray) -> List[Tuple[int, int]]:
    """First frame, and the one behind the last, of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2])]
