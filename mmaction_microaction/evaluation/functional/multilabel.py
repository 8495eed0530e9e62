# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of multi-label classification of whole clips, over scikit-learn.

Rules that the numbers depend on:

- AP is the sum over the different scores of a class of the gain in recall
  times the precision there, without interpolation
  (``average_precision_score``); clips with equal scores are taken together, so
  their order never matters. Its mean leaves out the classes that no clip has,
  for which AP is undefined.
- F1 macro is the mean over the classes that occur among the targets *or* the
  predictions, as in :mod:`.classification`.
- A mean over no class at all is 0.

Shapes: N clips, K classes in G groups.
"""
from typing import Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .classification import check_scores


def class_average_precisions(scores: np.ndarray,
                             targets: np.ndarray) -> np.ndarray:
    """Average precision (K,) of scores and targets (N, K); NaN for a class
    that no clip has.

    Raises:
        ValueError: If the shapes are not the same (N, K), there is no clip, a
            score is NaN or a target is neither 0 nor 1.
    """
    from sklearn.metrics import average_precision_score
    scores, targets = _check(scores, targets)
    return np.array([
        average_precision_score(true, score) if true.any() else np.nan
        for true, score in zip(targets.T, scores.T)
    ])


def mean_average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    """Mean of :func:`class_average_precisions` over the classes that some
    clip has, 0 to 1."""
    return _mean(class_average_precisions(scores, targets))


def multilabel_f1_macro(scores: np.ndarray,
                        targets: np.ndarray,
                        threshold: float = 0.5) -> float:
    """Mean F1 of the classes; ``threshold`` is the least score that predicts
    one. Errors as of :func:`class_average_precisions`."""
    from sklearn.metrics import f1_score
    scores, targets = _check(scores, targets)
    # A column that is neither 0 nor 1: of one class scikit-learn would else
    # take the matrix for a column of labels.
    pad = np.zeros((len(scores), 1), bool)
    return _mean(
        f1_score(
            np.hstack([targets, pad]),
            np.hstack([scores >= threshold, pad]),
            average=None,
            zero_division=np.nan))


def body_maxima(values: np.ndarray, taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Largest value (N, G) among the classes of every group, 0 for a group
    without any: of scores (N, K) the score of the body part, of targets
    whether it moves."""
    values = np.asarray(values)
    result = np.zeros((len(values), taxonomy.num_groups), dtype=values.dtype)
    np.maximum.at(result.T, taxonomy.group_index, values.T)
    return result


def _mean(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else 0.


def _check(scores: np.ndarray,
           targets: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Scores as float64 and targets as bool."""
    scores, targets = check_scores(scores), np.asarray(targets)
    if scores.shape != targets.shape:
        raise UserError('scores and targets must have the same shape (clips, '
                        f'classes), but got {scores.shape} and '
                        f'{targets.shape}')
    wrong = np.flatnonzero(~np.isin(targets, (0, 1)).all(axis=1))
    if wrong.size:
        raise UserError(f'targets must be 0 or 1, but row {wrong[0]} is '
                        f'{targets[wrong[0]].tolist()}')
    return scores, targets.astype(bool)
