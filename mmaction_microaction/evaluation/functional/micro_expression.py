# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of micro-expression recognition.

Unweighted F1 (UF1), the mean over classes of 2 TP / (2 TP + FP + FN), and
unweighted average recall (UAR), the mean of TP / n, both from the counts of
*all* folds. The mean over folds differs from it: most subjects lack most
classes. UF1 omits classes that are neither true nor predicted anywhere, UAR
those without true clips.

Source: See et al., "MEGC 2019 - The Second Facial Micro-Expressions Grand
Challenge", FG 2019.

Shapes: K classes.
"""
from typing import Any, Dict, Mapping, Sequence

import numpy as np

from mmaction_microaction.utils.errors import UserError
from .classification import f1_score, precision_recall_f1


def unweighted_scores(matrix: np.ndarray,
                      names: Sequence[str]) -> Dict[str, float]:
    """UF1, UAR, accuracy and F1 of each class.

    Args:
        matrix (np.ndarray): (K, K) counts, rows true, columns predicted.
        names (Sequence[str]): K classes.

    Returns:
        dict[str, float]: ``uf1 uar accuracy f1_<class>``, 0 to 1, NaN for a
        class neither true nor predicted; blanks in names become ``_``.

    Raises:
        ValueError: If there is no clip.
    """
    matrix = _counts(matrix, len(names))
    if matrix.sum() == 0:
        raise UserError('there is no clip to score: all counts are 0')
    _, recall, f1 = precision_recall_f1(matrix)
    f1 = np.where(matrix.sum(0) + matrix.sum(1) > 0, f1, np.nan)
    return dict(
        uf1=f1_score(matrix, 'macro'),
        uar=float(recall[matrix.sum(1) > 0].mean()),
        accuracy=f1_score(matrix, 'micro'),
        **{
            f'f1_{name.replace(" ", "_")}': float(value)
            for name, value in zip(names, f1)
        })


def score_counts(counts: Mapping[str, Any]) -> Dict[str, float]:
    """Score the counts of one fold or, better, of all folds.

    Args:
        counts (Mapping[str, Any]): ``classes`` (K names), ``confusion`` (K, K)
            and ``sources`` ({data set: (K, K)}), as written by
            ``MicroExpressionMetric``.

    Returns:
        dict[str, float]: As of :func:`unweighted_scores`; for several data
        sets also ``<source>_uf1``, ``_uar``, ``_accuracy`` of the same
        predictions.
    """
    scores = unweighted_scores(counts['confusion'], counts['classes'])
    if len(counts['sources']) > 1:
        for source, matrix in counts['sources'].items():
            part = unweighted_scores(matrix, counts['classes'])
            for key in ('uf1', 'uar', 'accuracy'):
                scores[f'{source}_{key}'] = part[key]
    return scores


def pool_folds(folds: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    """Add the counts of folds (see :func:`score_counts`): in total, by subject
    and by data set. Returns the same form; ValueError for no fold, different
    classes, or a subject in two folds."""
    if not folds:
        raise UserError('there are no folds to pool')
    classes, subjects = list(folds[0]['classes']), {}
    whole, sources = 0, {}
    for fold in folds:
        if list(fold['classes']) != classes:
            raise UserError(f'folds of classes {classes} and of '
                            f'{list(fold["classes"])} cannot be pooled')
        twice = sorted(subjects.keys() & fold['subjects'].keys())
        if twice:
            raise UserError(f'subject {twice[0]} is tested in two folds')
        subjects.update(fold['subjects'])
        whole += _counts(fold['confusion'], len(classes))
        for source, matrix in fold['sources'].items():
            counts = _counts(matrix, len(classes))
            sources[source] = sources.get(source, 0) + counts
    return dict(
        classes=classes,
        confusion=whole.tolist(),
        subjects=dict(sorted(subjects.items())),
        sources={
            name: x.tolist()
            for name, x in sorted(sources.items())
        })


def _counts(matrix: np.ndarray, num_classes: int) -> np.ndarray:
    """(K, K) int64; otherwise ValueError."""
    matrix = np.asarray(matrix)
    if matrix.shape != (num_classes, num_classes):
        raise UserError(f'expected counts of {num_classes} x {num_classes} '
                        f'classes, but got shape {matrix.shape}')
    counts = matrix.astype(np.int64)
    if (counts != matrix).any() or (counts < 0).any():
        raise UserError('counts must be whole numbers of at least 0')
    return counts
