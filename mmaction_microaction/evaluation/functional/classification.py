# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of single-label and multi-label classification, by scikit-learn.

- Equal scores rank by class index, the higher one first, as in scikit-learn's
  ``top_k_accuracy_score`` (``argmax`` takes the lower). Top-1, the confusion
  matrix and F1 all use the first rank.
- F1 macro is the mean over the classes that occur among the labels *or* the
  predictions (scikit-learn's default): a class that is only predicted or only
  true counts as 0.
- F1 micro of single-label data equals top-1 accuracy.
- AP of multi-label data is not interpolated. Clips with equal scores are
  counted together, so their order does not matter. Its mean omits classes
  without clips.

Shapes: N clips, K classes in G groups.
"""
from typing import List, Sequence, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError


def rank_classes(scores: np.ndarray) -> np.ndarray:
    """Classes (N, K) from best to worst of finite or infinite scores (N, K);
    ValueError if they are empty or contain NaN."""
    return np.argsort(check_scores(scores), axis=1, kind='stable')[:, ::-1]


def check_scores(scores: np.ndarray) -> np.ndarray:
    """(N, K) as float64; ValueError if it is empty or contains NaN."""
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
    """(N,) int64; ValueError unless there are N labels from 0 to K - 1."""
    labels = np.asarray(labels, dtype=np.int64)
    if labels.shape != (num_clips, ):
        raise UserError(f'expected one label for each of {num_clips} clips, '
                        f'but got labels of shape {labels.shape}')
    wrong = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if wrong.size:
        raise UserError(f'labels must be 0 to {num_classes - 1}, but got '
                        f'{labels[wrong[0]]} for clip {wrong[0]} '
                        f'({wrong.size} such clips)')
    return labels


def confusion_matrix(predictions: Sequence[int], labels: Sequence[int],
                     num_classes: int) -> np.ndarray:
    """Counts (K, K) int64 of true (rows) and predicted (columns) classes;
    errors as of :func:`check_labels`."""
    from sklearn import metrics
    labels = check_labels(labels, len(predictions), num_classes)
    predictions = check_labels(predictions, len(labels), num_classes)
    if not len(labels):  # which scikit-learn refuses
        return np.zeros((num_classes, num_classes), np.int64)
    return metrics.confusion_matrix(
        labels, predictions, labels=range(num_classes))


def precision_recall_f1(
        matrix: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1, (K,) each, of the counts (K, K); 0 where
    undefined (no prediction, no true clip)."""
    from sklearn import metrics
    return metrics.precision_recall_fscore_support(
        *np.indices(np.shape(matrix)).reshape(2, -1),  # true, predicted
        labels=range(len(matrix)),
        sample_weight=np.ravel(matrix),
        zero_division=0)[:3]


def f1_score(matrix: np.ndarray, average: str = 'macro') -> float:
    """F1 over all classes, from the counts (K, K) of at least one clip;
    ``average`` is ``'macro'`` or ``'micro'`` (the accuracy)."""
    if matrix.sum() == 0:
        raise UserError('F1 of no clips is undefined: the matrix is all 0')
    if average == 'micro':
        return float(np.trace(matrix) / matrix.sum())
    if average == 'macro':
        present = matrix.sum(axis=0) + matrix.sum(axis=1) > 0
        return float(precision_recall_f1(matrix)[2][present].mean())
    raise UserError(f"average must be 'macro' or 'micro', but got {average!r}")


def confused_pairs(matrix: np.ndarray,
                   number: int = 10) -> List[Tuple[int, int, int, int]]:
    """Pairs of classes with the most confusions in both directions.

    Args:
        matrix (np.ndarray): (K, K) counts, rows true, columns predicted.
        number (int): Largest number of pairs.

    Returns:
        list[tuple[int, int, int, int]]: The class confused more often, the
        other class, clips of the first predicted as the second, and the
        reverse; most confusions first, then by class index.
    """
    both = np.triu(matrix + matrix.T, k=1)
    first, second = np.nonzero(both)  # by class number
    order = np.argsort(-both[first, second], kind='stable')[:number]
    pairs = []
    for a, b in zip(first[order].tolist(), second[order].tolist()):
        if matrix[b, a] > matrix[a, b]:
            a, b = b, a
        pairs.append((a, b, int(matrix[a, b]), int(matrix[b, a])))
    return pairs


def mean_average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    """Mean AP of the classes with clips, 0 if there are none, of scores and
    binary targets, both (N, K); otherwise ValueError."""
    from sklearn.metrics import average_precision_score
    scores, targets = _check_targets(scores, targets)
    return _mean([
        average_precision_score(true, score)
        for true, score in zip(targets.T, scores.T) if true.any()
    ])


def multilabel_f1_macro(scores: np.ndarray,
                        targets: np.ndarray,
                        threshold: float = 0.5) -> float:
    """F1 macro, 0 if no class occurs; ``threshold`` is the least score of a
    predicted class. Errors as of :func:`mean_average_precision`."""
    from sklearn.metrics import f1_score
    scores, targets = _check_targets(scores, targets)
    return _mean([
        f1_score(true, found)
        for true, found in zip(targets.T, scores.T >= threshold)
        if true.any() or found.any()
    ])


def body_maxima(values: np.ndarray, taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Largest value of the classes of each group, (N, G) of (N, K); 0 for an
    empty group."""
    values = np.asarray(values)
    result = np.zeros((len(values), taxonomy.num_groups), dtype=values.dtype)
    np.maximum.at(result.T, taxonomy.group_index, values.T)
    return result


def _mean(values: List[float]) -> float:
    return float(np.mean(values)) if values else 0.


def _check_targets(scores: np.ndarray,
                   targets: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Scores as float64 and targets as bool."""
    scores, targets = check_scores(scores), np.asarray(targets)
    if scores.shape != targets.shape:
        raise UserError('scores and targets must be of the same shape, but '
                        f'got {scores.shape} and {targets.shape}')
    wrong = np.flatnonzero(~np.isin(targets, (0, 1)).all(axis=1))
    if wrong.size:
        raise UserError(f'targets must be 0 or 1, but row {wrong[0]} is '
                        f'{targets[wrong[0]].tolist()}')
    return scores, targets.astype(bool)
