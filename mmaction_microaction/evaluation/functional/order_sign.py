# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Does a model look at the order of frames?

Some micro-actions are each other's reversal in time. Feed every clip of such
a pair of classes once in its true and once in its reversed order and compare
the margin, the logit of the true class minus that of its partner. A model
with temporal modelling has the larger margin in the true order; one without
gives equal logits. Unlike two-way accuracy this carries no bias towards one
class of a pair. The test is ours, not from a paper.

Shapes: N clips, K classes.
"""
from typing import Dict, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .classification import check_labels

Pair = Tuple[int, int]


def order_sign(
        logits_forward: np.ndarray,
        logits_reversed: np.ndarray,
        labels: Sequence[int],
        pairs: Sequence[Pair] = MA52.reversed_pairs,
        atol: float = 1e-5) -> Dict[str, Union[float, int, Dict[Pair, float]]]:
    """Compare the margins of clips in true and in reversed order.

    Args:
        logits_forward (np.ndarray): (N, K), float; true order.
        logits_reversed (np.ndarray): (N, K), float; frames reversed.
        labels (Sequence[int]): N true classes; those in no pair are left out.
        pairs (Sequence[tuple[int, int]]): Classes that reverse each other.
        atol (float): Margins that differ by no more, in logits, are tied; the
            default is above the rounding of float32.

    Returns:
        dict: ``order_sign`` (float, share of clips whose margin is larger in
        the true order), ``tied`` (float, share of clips with tied margins;
        they count for neither order), ``num_clips`` (int) and ``two_way``
        (dict, for every pair with clips the share of them, in true order,
        whose true class beats its partner).

    Raises:
        ValueError: If the shapes do not fit, a score is NaN, a class has two
            partners or no clip belongs to a pair.
    """
    forward = np.asarray(logits_forward, dtype=np.float64)
    backward = np.asarray(logits_reversed, dtype=np.float64)
    if forward.ndim != 2 or forward.shape != backward.shape:
        raise UserError('expected two arrays of the same shape (clips, '
                        f'classes), but got {forward.shape} and '
                        f'{backward.shape}')
    if np.isnan(forward).any() or np.isnan(backward).any():
        raise UserError('the logits hold NaN')
    labels = check_labels(labels, *forward.shape)
    partner = _partners(pairs, forward.shape[1])
    rows = np.flatnonzero(partner[labels] >= 0)
    if rows.size == 0:
        raise UserError(f'none of the {len(labels)} clips belongs to one of '
                        f'the pairs {tuple(pairs)}')
    true = labels[rows]
    margin = forward[rows, true] - forward[rows, partner[true]]
    margin_reversed = backward[rows, true] - backward[rows, partner[true]]
    difference = margin - margin_reversed
    members = {pair: np.isin(true, pair) for pair in pairs}
    return dict(
        order_sign=float((difference > atol).mean()),
        tied=float((np.abs(difference) <= atol).mean()),
        num_clips=int(rows.size),
        two_way={
            pair: float((margin[member] > 0).mean())
            for pair, member in members.items() if member.any()
        })


def _partners(pairs: Sequence[Pair], num_classes: int) -> np.ndarray:
    """(K,) int64: the partner of every class, -1 where it has none."""
    partner = np.full(num_classes, -1)
    for first, second in pairs:
        if first == second or partner[first] >= 0 or partner[second] >= 0:
            raise UserError('every class needs one partner other than '
                            f'itself, but got the pairs {tuple(pairs)}')
        partner[first], partner[second] = second, first
    return partner
