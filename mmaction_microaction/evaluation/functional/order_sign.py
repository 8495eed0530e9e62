# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Does a model use the order of frames?

Some micro-actions are the time reversal of each other. Feed every clip of such
a pair of classes in true and in reversed order and compare the margin, the
logit of the true class minus that of its partner. With temporal modelling the
margin is larger in the true order; without, the logits are equal. Unlike
two-way accuracy, the comparison has no bias towards a class of the pair. The
test is ours, not from a paper.

Shapes: N clips, K classes.
"""
from typing import Dict, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .classification import check_labels, check_scores

Pair = Tuple[int, int]


def order_sign(
        logits_forward: np.ndarray,
        logits_reversed: np.ndarray,
        labels: Sequence[int],
        pairs: Sequence[Pair] = MA52.reversed_pairs,
        atol: float = 1e-5) -> Dict[str, Union[float, int, Dict[Pair, float]]]:
    """Compare the margins of clips in true and in reversed order.

    Args:
        logits_forward, logits_reversed (np.ndarray): (N, K) logits.
        labels (Sequence[int]): (N,) true classes; clips of a class in no pair
            are left out.
        pairs (Sequence[Pair]): Classes that are each other's reversal.
        atol (float): Margins that differ by at most this are tied; above the
            rounding of float32.

    Returns:
        dict: ``order_sign`` (share of clips whose margin is larger in the true
        order), ``tied`` (share), ``num_clips`` and ``two_way`` (pair -> share
        of its clips, in true order, whose true class beats its partner).

    Raises:
        ValueError: If shapes do not fit, a score is NaN, a class has two
            partners or no clip belongs to a pair.
    """
    forward, backward = map(check_scores, (logits_forward, logits_reversed))
    if forward.shape != backward.shape:
        raise UserError('expected two arrays of the same shape, but got '
                        f'{forward.shape} and {backward.shape}')
    labels = check_labels(labels, *forward.shape)
    couples = np.array(pairs, int).reshape(-1, 2)
    if len(np.unique(couples)) < couples.size:
        raise UserError('every class needs one partner other than itself, '
                        f'but got the pairs {tuple(pairs)}')
    partner = np.full(forward.shape[1], -1)
    partner[couples] = couples[:, ::-1]
    rows = np.flatnonzero(partner[labels] >= 0)
    if rows.size == 0:
        raise UserError(f'none of the {len(labels)} clips belongs to one of '
                        f'the pairs {tuple(pairs)}')
    true, other = labels[rows], partner[labels[rows]]
    margin = forward[rows, true] - forward[rows, other]
    difference = margin - (backward[rows, true] - backward[rows, other])
    return dict(
        order_sign=float((difference > atol).mean()),
        tied=float((np.abs(difference) <= atol).mean()),
        num_clips=int(rows.size),
        two_way={
            pair: float((margin[np.isin(true, pair)] > 0).mean())
            for pair in pairs if np.isin(true, pair).any()
        })
