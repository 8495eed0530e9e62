# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of single-label classification, over scikit-learn.

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
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError


def rank_classes(scores: np.ndarray) -> np.ndarray:
    """Classes (N, K) from best to worst of scores (N, K), probabilities or
    logits; ties go to the higher class index.

    Raises:
        ValueError: If ``scores`` is not a non-empty (N, K) array or holds NaN.
    """
    scores = check_scores(scores)
    return np.argsort(scores, axis=1, kind='stable')[:, ::-1]


def check_scores(scores: np.ndarray) -> np.ndarray:
    """(N, K) as float64; a ValueError if it is empty or holds NaN."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.size == 0:
        raise UserError('scores must be a non-empty array of shape (clips, '
                        f'classes), but got shape {scores.shape}')
    broken = np.flatnonzero(np.isnan(scores).any(axis=1))
    if broken.size:
        raise UserError(f'the scores of {broken.size} of {len(scores)} clips '
                        f'hold NaN, first in row {broken[0]}')
    return scores


def check_labels(labels: Sequence[int], num_clips: int,
                 num_classes: int) -> np.ndarray:
    """N class indices as (N,) int64; a ValueError if their number is not N, or
    one is not 0 to K - 1."""
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


def confusion_matrix(predictions: Sequence[int], labels: Sequence[int],
                     num_classes: int) -> np.ndarray:
    """How often each class was taken for each other, (K, K) int64; rows are
    true, columns predicted. Errors as of :func:`check_labels`."""
    from sklearn import metrics
    labels = check_labels(labels, len(predictions), num_classes)
    predictions = check_labels(predictions, len(labels), num_classes)
    if not len(labels):  # which scikit-learn refuses
        return np.zeros((num_classes, num_classes), np.int64)
    return metrics.confusion_matrix(
        labels, predictions, labels=range(num_classes))


def precision_recall_f1(
        matrix: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 (K,) of every class, from the counts; what is
    undefined (nothing predicted, nothing true) is 0."""
    from sklearn import metrics
    true, predicted = np.indices(np.shape(matrix)).reshape(2, -1)
    return metrics.precision_recall_fscore_support(
        true,
        predicted,
        labels=range(len(matrix)),
        sample_weight=np.ravel(matrix),
        zero_division=0)[:3]


def f1_score(matrix: np.ndarray, average: str = 'macro') -> float:
    """F1 over all classes, from the counts of at least one clip; ``average``
    is ``'macro'`` or ``'micro'``, the share of hits."""
    if matrix.sum() == 0:
        raise UserError('F1 of no clips is undefined: the matrix is all 0')
    if average == 'micro':
        return float(np.trace(matrix) / matrix.sum())
    if average == 'macro':
        present = matrix.sum(axis=0) + matrix.sum(axis=1) > 0
        return float(precision_recall_f1(matrix)[2][present].mean())
    raise UserError(f"average must be 'macro' or 'micro', but got {average!r}")


class ConfusedPair(NamedTuple):
    """Numbers of two classes, the one that suffers more first, and of the
    clips of either that were taken for the other."""
    first: int
    second: int
    first_as_second: int
    second_as_first: int


def confused_pairs(matrix: np.ndarray, number: int = 10) -> List[ConfusedPair]:
    """The ``number`` pairs of classes with the most confused clips of both
    directions, then by class number; pairs without any are left out.

    Raises:
        ValueError: If the matrix is not square or ``number`` is negative.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise UserError('expected a confusion matrix of shape (K, K), but '
                        f'got {matrix.shape}')
    if number < 0:
        raise UserError(f'number must not be negative, but got {number}')
    both = np.triu(matrix + matrix.T, k=1)
    first, second = np.nonzero(both)  # by class number
    order = np.argsort(-both[first, second], kind='stable')[:number]
    pairs = []
    for a, b in zip(first[order].tolist(), second[order].tolist()):
        if matrix[b, a] > matrix[a, b]:
            a, b = b, a
        pairs.append(ConfusedPair(a, b, int(matrix[a, b]), int(matrix[b, a])))
    return pairs
