# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of multi-label classification of whole clips, in pure NumPy.

Rules that the numbers depend on:

- AP is the sum over the different scores of a class of the gain in recall
  times the precision there, without interpolation, as scikit-learn's
  ``average_precision_score`` has it; clips with equal scores are taken
  together, so their order never matters. Its mean leaves out the classes that
  no clip has, for which AP is undefined.
- F1 macro is the mean over the classes that occur among the targets *or* the
  predictions, as in :mod:`.classification` and as scikit-learn's ``f1_score``
  with ``zero_division=nan``.
- A mean over no class at all is 0.

Shapes: N clips, K classes, B = 7 body parts.
"""
from typing import Sequence, Tuple

import numpy as np

from mmaction_microaction.labels import ACTION_TO_BODY, NUM_BODIES
from mmaction_microaction.utils.errors import UserError


def class_average_precisions(scores: np.ndarray,
                             targets: np.ndarray) -> np.ndarray:
    """Average precision of every class.

    Args:
        scores (np.ndarray): Shape (N, K), float; only their order counts.
        targets (np.ndarray): Shape (N, K), 0 or 1.

    Returns:
        np.ndarray: Shape (K,), float64, 0 to 1; NaN for a class that no clip
        has.

    Raises:
        ValueError: If the shapes are not the same (N, K), there is no clip, a
            score is NaN or a target is neither 0 nor 1.
    """
    scores, targets = _check(scores, targets)
    return np.array([_average_precision(*c) for c in zip(scores.T, targets.T)])


def mean_average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    """Mean of the average precision over the classes that some clip has.

    Args:
        scores (np.ndarray): Shape (N, K), float; only their order counts.
        targets (np.ndarray): Shape (N, K), 0 or 1.

    Returns:
        float: 0 to 1.

    Raises:
        ValueError: See :func:`class_average_precisions`.
    """
    ap = class_average_precisions(scores, targets)
    present = ~np.isnan(ap)
    return float(ap[present].mean()) if present.any() else 0.


def multilabel_f1_macro(scores: np.ndarray,
                        targets: np.ndarray,
                        threshold: float = 0.5) -> float:
    """Mean F1 of the classes, where a score >= threshold predicts a class.

    Args:
        scores (np.ndarray): Shape (N, K), float, probabilities.
        targets (np.ndarray): Shape (N, K), 0 or 1.
        threshold (float): The least score that counts. Defaults to 0.5.

    Returns:
        float: 0 to 1.

    Raises:
        ValueError: See :func:`class_average_precisions`.
    """
    scores, targets = _check(scores, targets)
    predicted = scores >= threshold
    hits = (predicted & targets).sum(axis=0)
    total = predicted.sum(axis=0) + targets.sum(axis=0)
    present = total > 0
    if not present.any():
        return 0.
    return float((2 * hits[present] / total[present]).mean())


def body_maxima(values: np.ndarray,
                class_to_body: Sequence[int] = ACTION_TO_BODY) -> np.ndarray:
    """Largest value among the classes of every body part.

    Of scores it is the score of the part, of targets whether the part moves.

    Args:
        values (np.ndarray): Shape (N, K), not negative.
        class_to_body (Sequence[int]): Body part of each of the K classes.
            Defaults to that of the 52.

    Returns:
        np.ndarray: Shape (N, B), same dtype; 0 for a part without classes.
    """
    values = np.asarray(values)
    result = np.zeros((len(values), NUM_BODIES), dtype=values.dtype)
    np.maximum.at(result.T, np.asarray(class_to_body), values.T)
    return result


def _check(scores: np.ndarray,
           targets: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Scores as float64 and targets as bool."""
    scores = np.asarray(scores, dtype=np.float64)
    targets = np.asarray(targets)
    if scores.ndim != 2 or scores.size == 0 or scores.shape != targets.shape:
        raise UserError('scores and targets must have the same shape (clips, '
                        f'classes), but got {scores.shape} and '
                        f'{targets.shape}')
    broken = np.flatnonzero(np.isnan(scores).any(axis=1))
    if broken.size:
        raise UserError(f'the scores of {broken.size} of {len(scores)} clips '
                        f'hold NaN, first in row {broken[0]}')
    wrong = np.flatnonzero(~np.isin(targets, (0, 1)).all(axis=1))
    if wrong.size:
        raise UserError(f'targets must be 0 or 1, but row {wrong[0]} is '
                        f'{targets[wrong[0]].tolist()}')
    return scores, targets.astype(bool)


def _average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    """Of one class; scores (N,), targets (N,) bool."""
    if not targets.any():
        return np.nan
    order = np.argsort(-scores, kind='stable')
    scores, targets = scores[order], targets[order]
    # The last clip of every run of equal scores.
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    hits = targets.cumsum()[last]
    return float(np.diff(hits, prepend=0) @ (hits / (last + 1)) / hits[-1])
