# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The scores of the MA-52 protocol, in pure NumPy.

Action level and body level; F1_mean is the mean of {macro, micro} x {body,
action}. The body part of a prediction is that of the predicted action
(``'lookup'``); ``'sum'`` and a body head are ours, not the paper's.

Source: Guo et al., "Benchmarking Micro-action Recognition: Dataset, Methods,
and Applications", IEEE TCSVT 34(7), 2024, evaluation metrics.

Shapes: N clips, K classes (52 or a subset), B = 7 body parts, R ranks.
"""
from typing import Dict, List, Sequence, Union

import numpy as np

from mmaction_microaction.labels import (ACTION_NAMES, NUM_ACTIONS, NUM_BODIES,
                                         body_scores, get_action)
from mmaction_microaction.utils.errors import UserError
from .classification import (check_labels, confusion_matrix, f1_score,
                             precision_recall_f1, rank_classes)

#: How many best classes top-5 accuracy and the challenge file look at.
TOP_K = 5


def body_parts_of(names: Sequence[str] = ACTION_NAMES) -> np.ndarray:
    """Body part of every class.

    Args:
        names (Sequence[str]): Names of the K classes, in index order.

    Returns:
        np.ndarray: Shape (K,), int64, 0 to 6.

    Raises:
        ValueError: If a name is not in the taxonomy.
    """
    return np.array([get_action(name).group for name in names])


def rank_bodies(
    action_scores: np.ndarray,
    body: Union[str, np.ndarray] = 'lookup',
    names: Sequence[str] = ACTION_NAMES,
) -> np.ndarray:
    """Body parts from best to worst.

    Args:
        action_scores (np.ndarray): Shape (N, K), float.
        body (str | np.ndarray): ``'lookup'``: the body parts of the ranked
            actions, so that they repeat (the paper's protocol). ``'sum'``: by
            the summed probability of each part's actions. Or the scores of a
            body head, shape (N, B). Defaults to ``'lookup'``.
        names (Sequence[str]): Names of the K classes. Defaults to all 52.

    Returns:
        np.ndarray: Shape (N, K) for ``'lookup'``, else (N, B), int64.

    Raises:
        ValueError: If ``body`` is none of these, or if probabilities are
            needed and ``action_scores`` has negative entries.
    """
    action_scores = np.asarray(action_scores)
    if not isinstance(body, str):
        body = np.asarray(body)
        if body.shape != (len(action_scores), NUM_BODIES):
            raise UserError(
                'body scores must have the shape '
                f'({len(action_scores)}, {NUM_BODIES}), but got {body.shape}')
        return rank_classes(body)
    ranks = rank_classes(action_scores)
    if body == 'lookup':
        return body_parts_of(names)[ranks]
    if body != 'sum':
        raise UserError("body must be 'lookup', 'sum' or an array of body "
                        f'scores, but got {body!r}')
    if action_scores.min() < 0:
        raise UserError(
            "body='sum' adds probabilities, but the action scores go down to "
            f'{action_scores.min():.4g}; set model.cls_head.average_clips='
            "'prob' or use body='lookup'")
    full = np.zeros((len(action_scores), NUM_ACTIONS))
    full[:, [get_action(name).index for name in names]] = action_scores
    return rank_classes(body_scores(full))


def ma52_scores_from_ranks(
    action_ranks: np.ndarray,
    body_predictions: Sequence[int],
    labels: Sequence[int],
    names: Sequence[str] = ACTION_NAMES,
) -> Dict[str, float]:
    """The scores of the MA-52 protocol from ranked class indices.

    Args:
        action_ranks (np.ndarray): Shape (N, R), int; the R >= 1 best actions,
            best first. Top-5 looks at the first five.
        body_predictions (Sequence[int]): N predicted body parts.
        labels (Sequence[int]): N true actions.
        names (Sequence[str]): Names of the K classes. Defaults to all 52.

    Returns:
        dict[str, float]: ``action_top1 action_top5 body_top1 action_f1_macro
        action_f1_micro body_f1_macro body_f1_micro f1_mean``, each 0 to 1.

    Raises:
        ValueError: If there is no clip or an index is out of range.
    """
    action_ranks = np.asarray(action_ranks)
    labels = check_labels(labels, len(action_ranks), len(names))
    action = confusion_matrix(action_ranks[:, 0], labels, len(names))
    body_labels = body_parts_of(names)[labels]
    body = confusion_matrix(body_predictions, body_labels, NUM_BODIES)
    scores = dict(
        action_top1=f1_score(action, 'micro'),
        action_top5=float(
            (action_ranks[:, :TOP_K] == labels[:, None]).any(axis=1).mean()),
        body_top1=f1_score(body, 'micro'),
        action_f1_macro=f1_score(action, 'macro'),
        action_f1_micro=f1_score(action, 'micro'),
        body_f1_macro=f1_score(body, 'macro'),
        body_f1_micro=f1_score(body, 'micro'))
    scores['f1_mean'] = float(
        np.mean([value for key, value in scores.items() if '_f1_' in key]))
    return scores


def ma52_scores(
    action_scores: np.ndarray,
    labels: Sequence[int],
    body: Union[str, np.ndarray] = 'lookup',
    names: Sequence[str] = ACTION_NAMES,
) -> Dict[str, float]:
    """The scores of the MA-52 protocol.

    Args:
        action_scores (np.ndarray): Shape (N, K), float.
        labels (Sequence[int]): N true actions.
        body (str | np.ndarray): ``'lookup'``, ``'sum'`` or the (N, B) scores
            of a body head, see :func:`rank_bodies`. Defaults to
            ``'lookup'``, the paper's protocol.
        names (Sequence[str]): Names of the K classes. Defaults to all 52.

    Returns:
        dict[str, float]: See :func:`ma52_scores_from_ranks`.

    Raises:
        ValueError: If an argument is malformed.
    """
    ranks = rank_classes(action_scores)
    if ranks.shape[1] != len(names):
        raise UserError(f'expected scores of {len(names)} classes, but got '
                        f'{ranks.shape[1]}')
    bodies = rank_bodies(action_scores, body, names)
    return ma52_scores_from_ranks(ranks, bodies[:, 0], labels, names)


def per_class_table(
    matrix: np.ndarray,
    names: Sequence[str] = ACTION_NAMES
) -> List[Dict[str, Union[int, str, float]]]:
    """One row of numbers per class.

    Args:
        matrix (np.ndarray): Shape (K, K), see :func:`confusion_matrix`.
        names (Sequence[str]): Names of the K classes. Defaults to all 52.

    Returns:
        list[dict]: K rows with the keys ``index name body precision recall f1
        support``; support counts the true clips.
    """
    columns = zip(names, *precision_recall_f1(matrix), matrix.sum(axis=1))
    return [
        dict(
            index=index,
            name=name,
            body=get_action(name).group_name,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            support=int(support))
        for index, (name, precision, recall, f1, support) in enumerate(columns)
    ]
