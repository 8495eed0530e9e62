# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of classification, with one and with many labels, by scikit-learn.

- Equal scores rank by class index, the higher one first, as scikit-learn's
  ``top_k_accuracy_score`` has it (``argmax`` would take the lower). Top-1, the
  confusion matrix and F1 all take the first rank.
- F1 macro is the mean over the classes that occur among the labels *or* the
  predictions, which is scikit-learn's default: one that was only predicted or
  only true counts as 0.
- F1 micro of single-label data equals top-1 accuracy.
- AP, of many labels, is not interpolated, and clips with equal scores are
  taken together, so that their order never matters. Its mean leaves out the
  classes that no clip has.

Shapes: N clips, K classes in G groups.
"""
from typing import List, Sequence, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError


def rank_classes(scores: np.ndarray) -> np.ndarray:
    """Classes (N, K) from best to worst of scores (N, K), of any kind; a
    ValueError if they are empty or hold NaN."""
    return np.argsort(check_scores(scores), axis=1, kind='stable')[:, ::-1]


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
    """(N,) int64; a ValueError if not N of them, or one not 0 to K - 1."""
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
    return metrics.precision_recall_fscore_support(
        *np.indices(np.shape(matrix)).reshape(2, -1),  # true, predicted
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


def confused_pairs(matrix: np.ndarray,
                   number: int = 10) -> List[Tuple[int, int, int, int]]:
    """The ``number`` pairs of classes with the most confused clips of both
    directions, at least one, then by class number: of each the two classes,
    the one that suffers more first, the clips of the first that were taken
    for the second, and the other way round."""
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
    """Mean AP of the classes that some clip has, 0 where none has any, of
    scores and targets, 0 or 1, both (N, K), else a ValueError."""
    from sklearn.metrics import average_precision_score
    scores, targets = _check_targets(scores, targets)
    return _mean([
        average_precision_score(true, score)
        for true, score in zip(targets.T, scores.T) if true.any()
    ])


def multilabel_f1_macro(scores: np.ndarray,
                        targets: np.ndarray,
                        threshold: float = 0.5) -> float:
    """F1 macro, 0 where no class occurs; ``threshold`` is the least score that
    predicts one. Errors as of :func:`mean_average_precision`."""
    from sklearn.metrics import f1_score
    scores, targets = _check_targets(scores, targets)
    return _mean([
        f1_score(true, found)
        for true, found in zip(targets.T, scores.T >= threshold)
        if true.any() or found.any()
    ])


def body_maxima(values: np.ndarray, taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Largest of the values (N, K) among the classes of every group, (N, G);
    0 for a group without any."""
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
