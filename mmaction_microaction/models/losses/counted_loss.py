# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Common base of losses that use class frequencies."""
from abc import abstractmethod
from typing import Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.models.losses.base import BaseWeightedLoss
from torch import Tensor

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from ..layers import full_precision


class CountedLoss(BaseWeightedLoss):
    """A loss of K classes with known numbers of clips.

    ``ClassCountsHook`` counts the training data unless the config gives
    counts. A class without clips counts as one, to stay finite.

    Args:
        counts (Sequence[float], optional): (K,), at least 0.
    """
    #: Where the K are the groups of a label set, that one: what is counted
    #: later are the clips of its classes.
    taxonomy: Optional[Taxonomy] = None

    def __init__(self,
                 counts: Optional[Sequence[float]] = None,
                 loss_weight: float = 1.) -> None:
        super().__init__(loss_weight=loss_weight)
        #: (K,) float64, or None. Not saved: no test needs it.
        self.counts: Optional[Tensor] = None
        if counts is not None:
            self.set_counts(counts)

    def set_counts(self, counts: Sequence[float]) -> None:
        """Set the number of clips of each class; UserError for a negative
        number, or only zeros."""
        if self.taxonomy is not None:
            counts = self.taxonomy.group_scores(counts)
        counts = torch.as_tensor(counts, dtype=torch.float64)
        if counts.dim() != 1 or not (counts >= 0).all() or not counts.any():
            raise UserError(
                f'counts of {type(self).__name__} must be a number of clips '
                f'for each class, but got {counts.tolist()}')
        self.counts = counts.clamp(min=1)

    def _forward(self, cls_score: Tensor, label: Tensor) -> Tensor:
        """Mean over N of logits (N, K), for labels (N,) int64, or soft ones
        (N, K); UserError if counts are missing or not K."""
        found = None if self.counts is None else len(self.counts)
        if found != cls_score.shape[1]:
            raise UserError(
                f'{type(self).__name__} needs the number of clips of each of '
                f'{cls_score.shape[1]} classes, but has {found}: set its '
                "counts, or add dict(type='ClassCountsHook') to custom_hooks")
        if label.shape != cls_score.shape:
            label = F.one_hot(label, found)
        cls_score = full_precision(cls_score)
        return self.by_clip(cls_score, label.to(cls_score),
                            self.counts.to(cls_score)).mean()

    @abstractmethod
    def by_clip(self, logits: Tensor, labels: Tensor,
                counts: Tensor) -> Tensor:
        """Loss (N,) of logits (N, K), soft labels (N, K), counts (K,)."""
