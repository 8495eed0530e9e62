# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores of the MA-52 protocol, for any label set.

Action level and body level; F1_mean is the mean of {macro, micro} x {body,
action}. "Body parts" are the groups of the label set. The body part of a
prediction is that of the predicted action (``'lookup'``); ``'sum'`` and a body
head are ours, not the paper's.

Source: Guo et al., "Benchmarking Micro-action Recognition: Dataset, Methods,
and Applications", IEEE TCSVT 34(7), 2024, evaluation metrics.

Shapes: N clips, K classes in G groups, R ranks.
"""
from typing import Dict, List, Sequence, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .classification import (check_labels, confusion_matrix, f1_score,
                             precision_recall_f1, rank_classes)

#: How many best classes top-5 accuracy and the challenge file look at.
TOP_K = 5


def rank_bodies(action_scores: np.ndarray,
                body: Union[str, np.ndarray] = 'lookup',
                taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Body parts from best to worst, int64.

    Args:
        action_scores (np.ndarray): (N, K).
        body (str | np.ndarray): ``'lookup'``: (N, K), those of the ranked
            actions, with repetitions (the paper's protocol). ``'sum'``: (N,
            G), by the summed probability of the actions of a part. Or the
            scores of a body head, (N, G).
    """
    action_scores = np.asarray(action_scores)
    if not isinstance(body, str):
        expected = len(action_scores), taxonomy.num_groups
        if np.shape(body) != expected:
            raise UserError(f'body scores must have the shape {expected}, but '
                            f'got {np.shape(body)}')
        return rank_classes(body)
    ranks = rank_classes(action_scores)
    if body == 'lookup':
        return taxonomy.group_index[ranks]
    if body != 'sum':
        raise UserError("body must be 'lookup', 'sum' or an array of body "
                        f'scores, but got {body!r}')
    if action_scores.min() < 0:
        raise UserError(
            "body='sum' adds probabilities, but the action scores go down to "
            f'{action_scores.min():.4g}; set model.cls_head.average_clips='
            "'prob' or use body='lookup'")
    return rank_classes(taxonomy.group_scores(action_scores.astype(float)))


def ma52_scores_from_ranks(action_ranks: np.ndarray,
                           body_predictions: Sequence[int],
                           labels: Sequence[int],
                           taxonomy: Taxonomy = MA52) -> Dict[str, float]:
    """The scores of MA-52's protocol.

    Args:
        action_ranks (np.ndarray): (N, R) best R >= 1 actions, best first.
        body_predictions (Sequence[int]): (N,) body parts.
        labels (Sequence[int]): (N,) true actions.

    Returns:
        dict[str, float]: ``action_top1 action_top5 body_top1 action_f1_macro
        action_f1_micro body_f1_macro body_f1_micro f1_mean``, 0 to 1.

    Raises:
        ValueError: For no clip, or an index out of range.
    """
    action_ranks = np.asarray(action_ranks)
    labels = check_labels(labels, len(action_ranks), taxonomy.num_classes)
    action = confusion_matrix(action_ranks[:, 0], labels, taxonomy.num_classes)
    body = confusion_matrix(body_predictions, taxonomy.group_index[labels],
                            taxonomy.num_groups)
    top5 = (action_ranks[:, :TOP_K] == labels[:, None]).any(axis=1)
    f1 = {
        f'{level}_f1_{average}': f1_score(matrix, average)
        for level, matrix in (('action', action), ('body', body))
        for average in ('macro', 'micro')
    }
    return dict(
        action_top1=f1['action_f1_micro'],
        action_top5=float(top5.mean()),
        body_top1=f1['body_f1_micro'],
        **f1,
        f1_mean=float(np.mean(list(f1.values()))))


def ma52_scores(action_scores: np.ndarray,
                labels: Sequence[int],
                body: Union[str, np.ndarray] = 'lookup',
                taxonomy: Taxonomy = MA52) -> Dict[str, float]:
    """The scores of the MA-52 protocol from scores (N, K); ``body`` as of
    :func:`rank_bodies`, otherwise as :func:`ma52_scores_from_ranks`."""
    ranks = rank_classes(action_scores)
    if ranks.shape[1] != taxonomy.num_classes:
        raise UserError(f'expected scores of {taxonomy.num_classes} classes, '
                        f'but got {ranks.shape[1]}')
    bodies = rank_bodies(action_scores, body, taxonomy)
    return ma52_scores_from_ranks(ranks, bodies[:, 0], labels, taxonomy)


def per_class_table(
        matrix: np.ndarray,
        taxonomy: Taxonomy = MA52) -> List[Dict[str, Union[int, str, float]]]:
    """Rows ``index name body precision recall f1 support``, one per class, of
    the counts (K, K); support is the number of true clips."""
    rates = zip(*(rate.tolist() for rate in precision_recall_f1(matrix)))
    return [
        dict(
            index=label.index,
            name=label.name,
            body=label.group_name,
            **dict(zip(('precision', 'recall', 'f1'), values)),
            support=int(row.sum()))
        for label, values, row in zip(taxonomy.labels, rates, matrix)
    ]
