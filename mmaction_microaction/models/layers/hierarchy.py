# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fusion of class scores and group scores into one distribution.

Shapes: K classes in G groups (of MA-52: body parts).
"""
from typing import Optional, Sequence, Union

import torch
from torch import Tensor

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from .prototype_calibration import full_precision

#: What :func:`fuse_hierarchy` knows.
FUSIONS = ('soft', 'cascade', 'product', 'fine')
#: Logarithm of a probability that float32 takes for 0; infinity would spoil
#: means of several views.
_NEVER = -1e4


def fuse_hierarchy(logits: Tensor,
                   group_logits: Tensor,
                   group_of: Tensor,
                   fusion: str = 'soft') -> Tensor:
    """Log-probabilities of classes, (..., K), from logits of classes (..., K)
    and groups (..., G), and the group of each class (K,) int64.

    With p and q the softmax of both, and g the group of class k:

    - ``'soft'``: P(k) = q(g) p(k) / (sum of p over the classes of g),
    - ``'cascade'``: the same if g is the best group, else 0,
    - ``'product'``: P(k) = p(k) q(g), divided by the sum over all classes,
    - ``'fine'``: p(k).

    q omits groups without classes. The names are those of the winner of the
    2026 challenge, where ``'soft'`` was best; its code is not released.
    """
    check_fusion(fusion)
    logits = full_precision(logits)
    fine = logits.log_softmax(dim=-1)
    if fusion == 'fine':
        return fine
    groups = torch.arange(group_logits.shape[-1], device=group_of.device)
    inside = group_of[:, None] == groups  # (K, G)
    coarse = full_precision(group_logits).masked_fill(~inside.any(0), _NEVER)
    if fusion == 'cascade':
        best = coarse.argmax(dim=-1, keepdim=True) == groups
        coarse = torch.zeros_like(coarse).masked_fill(~best, _NEVER)
    else:
        coarse = coarse.log_softmax(dim=-1)
    if fusion == 'product':
        return (fine + coarse[..., group_of]).log_softmax(dim=-1)
    sums = logits[..., None].masked_fill(~inside, _NEVER)
    given = logits - sums.logsumexp(dim=-2)[..., group_of]
    return coarse[..., group_of] + given


def sum_groups(scores: Tensor, group_of: Tensor, num_groups: int) -> Tensor:
    """Scores of groups (..., G), sums of those of their classes (..., K)."""
    sums = scores.new_zeros(*scores.shape[:-1], num_groups)
    return sums.index_add(-1, group_of, scores)


def check_fusion(fusion: str) -> None:
    """UserError for an unknown fusion of :func:`fuse_hierarchy`."""
    if fusion not in FUSIONS:
        raise UserError(f'model.cls_head.fusion must be one of {FUSIONS}, but '
                        f'got {fusion!r}')


def taxonomy_of(num_classes: int,
                taxonomy: Union[str, dict, Taxonomy],
                label_names: Optional[Sequence[str]] = None) -> Taxonomy:
    """The label set of a head, or the named classes of it; UserError unless it
    has ``num_classes``."""
    taxonomy = Taxonomy.load(taxonomy)
    if label_names is not None:
        taxonomy = taxonomy.subset(label_names)
    if taxonomy.num_classes != num_classes:
        raise UserError(
            f'num_classes={num_classes}, but there are '
            f'{taxonomy.num_classes} class names; set model.cls_head.'
            f'num_classes={taxonomy.num_classes} for {taxonomy.title}, or '
            'taxonomy or label_names of your classes')
    return taxonomy
