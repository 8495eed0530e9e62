# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of single-label classification, in pure NumPy.

Rules that the numbers depend on:

- Equal scores rank by class index, the higher one first, as scikit-learn's
  ``top_k_accuracy_score`` has it. Top-1, the confusion matrix and F1 all take
  the first rank, so they speak of the same prediction. (``argmax`` would take
  the lower index.)
- F1 macro is the mean over the classes that occur among the labels *or* the
  predictions, which is scikit-learn's default: a class that was never
  predicted and never true does not count, one that was only predicted or
  only true counts as 0.
- F1 micro of single-label data equals top-1 accuracy.

Shapes: N clips, K classes.
"""
from typing import Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError


def rank_classes(scores: np.ndarray) -> np.ndarray:
    """Classes from best to worst.

    Args:
        scores (np.ndarray): Shape (N, K), any real type; probabilities or
            logits.

    Returns:
        np.ndarray: Shape (N, K), int64. Ties go to the higher class index.

    Raises:
        ValueError: If ``scores`` is not a non-empty (N, K) array or holds NaN.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.size == 0:
        raise UserError('scores must be a non-empty array of shape (clips, '
                        f'classes), but got shape {scores.shape}')
    broken = np.flatnonzero(np.isnan(scores).any(axis=1))
    if broken.size:
        raise UserError(f'the scores of {broken.size} of {len(scores)} clips '
                        f'hold NaN, first in row {broken[0]}')
    return np.argsort(scores, axis=1, kind='stable')[:, ::-1]


def check_labels(labels: Sequence[int], num_clips: int,
                 num_classes: int) -> np.ndarray:
    """Turn class indices into an array and check them.

    Args:
        labels (Sequence[int]): N class indices.
        num_clips (int): N.
        num_classes (int): K.

    Returns:
        np.ndarray: Shape (N,), int64, 0 to K - 1.

    Raises:
        ValueError: If the number of labels or one of them is wrong.
    """
    labels = np.asarray(labels, dtype=np.int64)
    if labels.shape != (num_clips, ):
        raise UserError(f'expected one label for each of {num_clips} clips, '
                        f'but got labels of shape {labels.shape}')
    wrong = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if wrong.size:
        raise UserError(
            f'labels must be 0 to {num_classes - 1}, but got '
            f'{labels[wrong[0]]} for clip {wrong[0]} ({wrong.size} such clips)'
        )
    return labels


def top_k_accuracy(scores: np.ndarray,
                   labels: Sequence[int],
                   k: int = 1) -> float:
    """Share of clips whose label is among the k best classes.

    Args:
        scores (np.ndarray): Shape (N, K), float.
        labels (Sequence[int]): N class indices.
        k (int): How many classes to look at. Defaults to 1.

    Returns:
        float: 0 to 1.

    Raises:
        ValueError: If an argument is malformed (see :func:`rank_classes`).
    """
    if k < 1:
        raise UserError(f'k must be at least 1, but got {k}')
    ranks = rank_classes(scores)
    labels = check_labels(labels, *ranks.shape)
    return float((ranks[:, :k] == labels[:, None]).any(axis=1).mean())


def confusion_matrix(predictions: Sequence[int], labels: Sequence[int],
                     num_classes: int) -> np.ndarray:
    """Count how often each class was taken for each other.

    Args:
        predictions (Sequence[int]): N predicted class indices.
        labels (Sequence[int]): N true class indices.
        num_classes (int): K.

    Returns:
        np.ndarray: Shape (K, K), int64; rows are true, columns predicted.

    Raises:
        ValueError: If an index is out of range or the lengths differ.
    """
    labels = check_labels(labels, len(predictions), num_classes)
    predictions = check_labels(predictions, len(labels), num_classes)
    cells = labels * num_classes + predictions
    counts = np.bincount(cells, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def precision_recall_f1(
        matrix: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of every class.

    Args:
        matrix (np.ndarray): Shape (K, K), see :func:`confusion_matrix`.

    Returns:
        tuple[np.ndarray]: Three arrays of shape (K,), float64, 0 to 1. What
        is undefined (nothing predicted, nothing true) is 0.
    """
    hits = np.diag(matrix).astype(np.float64)
    predicted, true = matrix.sum(axis=0), matrix.sum(axis=1)
    # Where a denominator is 0 so are the hits, hence 0 / 1.
    return (hits / np.maximum(predicted, 1), hits / np.maximum(true, 1),
            2 * hits / np.maximum(predicted + true, 1))


def f1_score(matrix: np.ndarray, average: str = 'macro') -> float:
    """F1 over all classes.

    Args:
        matrix (np.ndarray): Shape (K, K), see :func:`confusion_matrix`.
        average (str): ``'macro'``: mean over the classes that occur among
            labels or predictions. ``'micro'``: share of hits. Defaults to
            ``'macro'``.

    Returns:
        float: 0 to 1.

    Raises:
        ValueError: If the matrix counts no clip or ``average`` is unknown.
    """
    if matrix.sum() == 0:
        raise UserError('F1 of no clips is undefined: the matrix is all 0')
    if average == 'micro':
        return float(np.trace(matrix) / matrix.sum())
    if average == 'macro':
        present = matrix.sum(axis=0) + matrix.sum(axis=1) > 0
        return float(precision_recall_f1(matrix)[2][present].mean())
    raise UserError(f"average must be 'macro' or 'micro', but got {average!r}")
