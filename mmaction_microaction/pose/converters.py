# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Conversion of key points of other layouts to the 28 of ``openpose28``.

These are OpenPose's 18 of the body and five finger tips per hand, first the
left hand's, from the thumb on (docs/pose.md). Left and right are the person's.
A missing point has position 0 and score 0.

Shapes: T frames, P persons, V points.
"""
import os.path as osp
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError

_COCO = (0, (5, 6), 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
#: Layout -> number of its points; index of each of the 18 points of the body,
#: or the two that it lies between; what a lost finger tip may be taken from.
LAYOUTS: Dict[str, Tuple[int, tuple, Dict[int, int]]] = dict(
    openpose18=(18, tuple(range(18)), {}),
    openpose25=(25, (*range(8), *range(9, 19)), {}),
    coco17=(17, _COCO, {}),
    coco_wholebody133=(133, _COCO, {}),
    blazepose33=(33, (0, (11, 12), 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25,
                      27, 5, 2, 8, 7),
                 {18: 21, 19: 19, 22: 17, 23: 22, 24: 20, 27: 18}),
)  # yapf: disable
HANDS = 42  # points of both, the last ones wherever there are hands
_TIPS = [hand + tip for hand in (0, 21) for tip in (4, 8, 12, 16, 20)]
_FARTHEST = .5  # a person moves between frames, in diagonals of their box
NOBODY = np.zeros((0, 0, 3), np.float32)


class Estimates(NamedTuple):
    """Estimates of a video: T times (P, V, 3) x, y, score; the layout of the V
    points."""
    frames: Sequence[np.ndarray]
    layout: str


def to_openpose28(points: np.ndarray, scores: np.ndarray,
                  source: str) -> Tuple[np.ndarray, np.ndarray]:
    """Convert points of a layout of :data:`LAYOUTS`.

    If the source has no neck, it is the midpoint of the shoulders with the
    lower of their scores. Points are missing unless their score is above 0 and
    their position finite.

    Args:
        points (np.ndarray): (..., V, 2). V is that of the layout, or 42 more:
            21 of the left hand, then 21 of the right one.
        scores (np.ndarray): (..., V); above 1 counts as 1.
        source (str): The layout.

    Returns:
        tuple[np.ndarray, np.ndarray]: (..., 28, 2) and (..., 28), float32.

    Raises:
        UserError: If the layout is unknown, or has another V.
    """
    if source not in LAYOUTS:
        raise UserError(f'points of {source!r} cannot be converted, only '
                        f'those of {", ".join(LAYOUTS)}')
    points, scores = (np.asarray(x, np.float32) for x in (points, scores))
    size, body, stand_ins = LAYOUTS[source]
    holds_hands = size > HANDS
    sizes = (size, ) if holds_hands else (size, size + HANDS)
    if points.shape != (*scores.shape, 2) or scores.shape[-1] not in sizes:
        raise UserError(
            f'{source}: expected positions (..., V, 2) and scores (..., V), V '
            f'{" or ".join(map(str, sizes))}, but got {points.shape} and '
            f'{scores.shape}')
    there = (scores > 0) & np.isfinite(points).all(-1)
    data = np.concatenate([points, scores.clip(max=1)[..., None]], -1)
    data[~there] = 0
    out = np.zeros((*scores.shape[:-1], 28, 3), np.float32)
    for i, pick in enumerate(body):
        both = data[..., np.atleast_1d(pick), :]
        out[..., i, :2] = both[..., :2].mean(-2)
        out[..., i, 2] = both[..., 2].min(-1)
    if holds_hands or scores.shape[-1] > size:
        out[..., 18:, :] = data[..., -HANDS:, :][..., _TIPS, :]
    for i, pick in stand_ins.items():
        lost = out[..., i, 2] == 0
        out[..., i, :][lost] = data[..., pick, :][lost]
    out[out[..., 2] == 0] = 0
    return out[..., :2], out[..., 2]


def follow_person(
        frames: Sequence[np.ndarray]) -> Tuple[np.ndarray, List[str]]:
    """Track the most confident person through a video.

    Without frames of several persons, these are all detections. Otherwise
    tracking starts at the frame with the highest mean score of a person and
    goes both ways to the nearest person, at most half the diagonal of the
    person's largest box so far away. This distance grows by as much for each
    frame without a match; people seen elsewhere at the last match are
    excluded.

    Args:
        frames (Sequence[np.ndarray]): T times (P, V, 3): x, y, score.

    Returns:
        tuple[np.ndarray, list[str]]: (T, V, 3), zeros in frames without the
        person, and notes. V is 0 without any person.
    """
    size = max((x.shape[1] for x in frames if len(x)), default=0)
    out = np.zeros((len(frames), size, 3), np.float32)
    seen = {t: x[..., 2].mean(1) for t, x in enumerate(frames) if x.size}
    if not seen:
        return out, []
    crowded = sum((means > 0).sum() > 1 for means in seen.values())
    if not crowded:
        for t, means in seen.items():
            out[t] = frames[t][means.argmax()]
        return out, []
    start = max(seen, key=lambda t: seen[t].max())
    out[start] = frames[start][seen[start].argmax()]
    for order in (range(start + 1, len(frames)), range(start - 1, -1, -1)):
        at, reach = start, 0.  # where the person was found last
        for t in order:
            last = out[at]
            box = np.ptp(last[last[:, 2] > 0, :2], axis=0)
            reach = max(reach, _FARTHEST * float(np.linalg.norm(box)))
            others = [  # not a stray box
                x for x in frames[at] if _distance(x, last) > reach
                and x[:, 2].mean() > seen[start].max() / 2
            ]
            nearest = _nearest(frames[t], last, others, reach, abs(t - at))
            if nearest is not None:
                at, out[t] = t, nearest
    return out, [
        f'more than one person in {crowded} of {len(frames)} frames; the most '
        'confident one is followed'
    ]


def _nearest(persons: np.ndarray, last: np.ndarray,
             others: Sequence[np.ndarray], reach: float,
             gap: int) -> Optional[np.ndarray]:
    """The person of (P, V, 3) nearest to (V, 3), within ``reach`` pixels; or
    ``gap`` times as far, but nearer than to the others."""
    best, nearest = None, np.inf
    for person in persons:
        moved = _distance(person, last)
        far = min([reach * gap, *(_distance(person, x) for x in others)])
        if moved < nearest and moved <= max(reach, far):
            best, nearest = person, moved
    return best


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean over the points common to two persons (V, 3); inf without any."""
    both = (one[:, 2] > 0) & (other[:, 2] > 0)
    moved = np.linalg.norm((one - other)[both, :2], axis=1)
    return float(moved.mean()) if both.any() else np.inf


def make_entry(video: str,
               estimates: Estimates,
               source: str,
               shape: Sequence[int],
               fps: float = 0.) -> dict:
    """Pose entry of a video (docs/pose.md): one person, 28 points. Points
    outside the picture are missing.

    Args:
        video (str): Its name without suffix becomes ``frame_dir``.
        source (str): The estimator, for people.
        shape (Sequence[int]): H and W of the picture.
        fps (float): 0 if unknown.
    """
    total, shape = len(estimates.frames), tuple(map(int, shape))
    person, problems = follow_person(estimates.frames)
    if not person.size:  # nobody anywhere
        person = np.zeros((total, LAYOUTS[estimates.layout][0], 3))
    points, scores = to_openpose28(person[..., :2], person[..., 2],
                                   estimates.layout)
    scores[((points < 0) | (points >= shape[::-1])).any(-1)] = 0
    points[scores == 0] = 0
    empty = int((scores == 0).all(-1).sum())
    problems += [f'no person in {empty} of {total} frames'] * bool(empty)
    entry = dict(
        frame_dir=osp.splitext(osp.basename(video))[0],
        total_frames=total,
        img_shape=shape,
        original_shape=shape,
        keypoint=points[None],
        keypoint_score=scores[None],
        source=source,
        layout='openpose28')
    if fps:
        entry['fps'] = float(fps)
    if problems:
        entry['problems'] = problems
    return entry
