# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checks what goes into the scores of temporal detection.

Shapes: P rows (instances or predictions), T thresholds.
"""
from typing import Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError

#: Thresholds of the baseline of 2024; later challenges report 0.2, 0.5, 0.7.
TIOU_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FLAVOURS = ('baseline', 'opentad')

#: Segments (P, 2) in seconds and labels (P,) of one video.
GroundTruth = Tuple[np.ndarray, np.ndarray]
#: Segments (P, 2) in seconds, labels (P,) and scores (P,) of one video.
Detections = Tuple[np.ndarray, np.ndarray, np.ndarray]


class Rows(NamedTuple):
    """Instances or predictions of many videos, one below the other: start and
    end in seconds (P, 2), classes, scores (0 for ground truth) and numbers of
    the videos (P,)."""
    segments: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    videos: np.ndarray


_EMPTY = Rows(np.empty((0, 2)), *np.empty((3, 0)))


def pool_rows(rows: Mapping[str, Sequence[np.ndarray]], videos: Dict[str, int],
              num_classes: int, what: str) -> Rows:
    """Check ``(segments, labels)`` of ground truth or ``(segments, labels,
    scores)`` of predictions and put them one below the other, by video id.

    Raises:
        ValueError: If lengths differ, a label is out of range, a time or score
            is not finite, or an end lies before its start or, in ground
            truth, on it.
    """
    pools = [_EMPTY]
    for video in sorted(rows):
        where = f'{what} of video {video!r}'
        pools.append(_check(*rows[video], where=where, num_classes=num_classes,
                            number=videos[video]))  # yapf: disable
    segments, labels, scores, numbers = map(np.concatenate, zip(*pools))
    return Rows(segments, labels.astype(np.int64), scores,
                numbers.astype(np.int64))


def check_thresholds(thresholds: Sequence[float]) -> np.ndarray:
    """T values of tIoU as (T,) float64; a ValueError if there is none, one is
    twice there or not in (0, 1]."""
    values = np.asarray(thresholds, dtype=np.float64)
    if (values.ndim != 1 or values.size == 0
            or not ((values > 0) & (values <= 1)).all()
            or len(np.unique(values)) < len(values)):
        raise UserError('thresholds must be different numbers above 0 to 1, '
                        f'such as (0.2, 0.5, 0.7), but got {thresholds!r}')
    return values


def check_flavour(flavour: str) -> None:
    """Raise a ValueError for what is none of :data:`FLAVOURS`."""
    if flavour not in FLAVOURS:
        raise UserError(
            f'flavour must be one of {FLAVOURS}, but got {flavour!r}')


def _check(segments: np.ndarray,
           labels: np.ndarray,
           scores: Optional[np.ndarray] = None,
           *,
           where: str,
           num_classes: int,
           number: int) -> Rows:
    """One video's rows as arrays; ``scores`` is None for ground truth."""
    segments = np.asarray(segments, dtype=np.float64)
    labels = np.asarray(labels)
    is_truth = scores is None
    scores = np.zeros(labels.shape) if is_truth else np.asarray(
        scores, dtype=np.float64)
    if segments.size == labels.size == scores.size == 0:
        return _EMPTY
    if not (segments.shape == (labels.size, 2)
            and labels.shape == scores.shape == (labels.size, )):
        raise UserError(
            f'{where}: expected segments (P, 2), labels (P,) and scores (P,), '
            f'but got the shapes {segments.shape}, {labels.shape} and '
            f'{scores.shape}')
    start, end = segments.T
    # Predictions at a video's very end may be cut to no length at all.
    for wrong, rule in (
        (~np.isfinite(segments).all(axis=1), 'times must be finite'),
        (end <= start if is_truth else end < start,
         'the end must come after the start'),
        (~np.isfinite(scores), 'scores must be finite'),
        (~np.isin(labels, np.arange(num_classes)),
         f'labels must be integers from 0 to {num_classes - 1}'),
    ):  # yapf: disable
        if wrong.any():
            row = np.flatnonzero(wrong)[0]
            score = '' if is_truth else f', score {scores[row]:g}'
            raise UserError(
                f'{where}: {rule}, but row {row} has start {start[row]:g} s, '
                f'end {end[row]:g} s, label {labels[row]}{score} '
                f'({wrong.sum()} such rows)')
    return Rows(segments, labels, scores, np.full(labels.size, number))
