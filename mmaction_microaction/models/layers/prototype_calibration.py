# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""PCAN's prototypes of classes, and the effect of ambiguous clips on them.

Shapes: N clips, C channels, D dimensions, K classes.

Source: Li et al., "Prototypical Calibrating Ambiguous Samples for Micro-Action
Recognition", AAAI 2025, as released.
"""
from typing import Dict, Optional, Tuple

import torch
import torch.nn.functional as F
from mmengine.dist import broadcast, get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

# Factor of the logits of each set, and the sign of the cosine to its mean: a
# clip is drawn to those its class missed, driven from those it took in.
_SETS = dict(
    FN=(1., 1.), FN1=(1., 1.), FN2=(0.1, 1.), FN3=(0.5, 1.), FP=(1., -1.))


def ambiguous_sets(predicted: Tensor,
                   labels: Tensor,
                   group_right: Optional[Tensor] = None) -> Dict[str, Tensor]:
    """Split a batch by its predictions, as masks (N,) bool.

    Without ``group_right`` (N,) bool: ``right`` and ``FN``. With it: ``right``
    (class and group), ``FN1`` (class wrong), ``FN2`` (group wrong), ``FN3``
    (both). Each clip is in one of these; ``FP`` are all with a wrong class, to
    be counted for the predicted class.
    """
    right = predicted == labels
    if group_right is None:
        return dict(right=right, FN=~right, FP=~right)
    return dict(
        right=right & group_right,
        FN1=~right & group_right,
        FN2=right & ~group_right,
        FN3=~right & ~group_right,
        FP=~right)


class PrototypeCalibration(nn.Module):
    """Embeds clips and learns by their cosines to the prototypes.

    A prototype starts as noise and follows the mean embedding of the correctly
    classified clips of its class. Ranks are synchronized: prototypes, sets,
    loss and gradient equal those of one process on the joint batch. Buffers,
    not parameters: ``prototypes`` (K, D), and ``updated`` (K,), not 0 for a
    class that was ever correct. They change in training mode only.

    Args:
        dims (int): D.
        momentum (float): Share of the old prototype.
        temperature (float): Divides the cosines.
        strength (float): Largest change of a cosine is twice this.
        compatible (bool): As released: the diversity term has no gradient, and
            :meth:`similarity` includes classes that are still noise.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 dims: int,
                 momentum: float = 0.9,
                 temperature: float = 0.125,
                 strength: float = 0.125,
                 compatible: bool = False) -> None:
        super().__init__()
        self.momentum = momentum
        self.temperature = temperature
        self.strength = strength
        self.compatible = compatible
        self.embed = nn.Linear(in_channels, dims)
        self._shared = False
        self.register_buffer('prototypes', torch.randn(num_classes, dims))
        # Floating, as averages of models leave other buffers behind.
        self.register_buffer('updated', torch.zeros(num_classes))

    def similarity(self, feats: Tensor) -> Tensor:
        """Cosines (N, K) of features (N, C) to the prototypes; 0 for those
        that are still noise, unless ``compatible``."""
        with torch.autocast(feats.device.type, enabled=False):
            cosines = F.normalize(self._embed(feats)) @ F.normalize(
                full_precision(self.prototypes)).T
            return cosines if self.compatible else cosines * (self.updated > 0)

    def forward(self,
                feats: Tensor,
                logits: Tensor,
                labels: Tensor,
                group_right: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        """Calibration loss and diversity term, scalars.

        Args:
            feats (Tensor): (N, C), to be embedded.
            logits (Tensor): (N, K) of the classifier.
            labels (Tensor): (N,) int64.
            group_right (Tensor, optional): (N,) bool, whether the group was
                correct; see :func:`ambiguous_sets`.
        """
        with torch.autocast(feats.device.type, enabled=False):
            logits = full_precision(logits)
            z = self._embed(feats)
            predicted = logits.argmax(dim=1)
            sets = ambiguous_sets(predicted, labels, group_right)
            sums, counts = self._sum_up(z, predicted, labels, sets)
            prototypes = F.normalize(self._follow(sums[0], counts[0]))
            z = F.normalize(z)
            cosines = z @ prototypes.T
            doubt = 1 - logits.softmax(1).gather(1, labels[:, None])
            loss = z.new_zeros(())
            for name, total, count in list(zip(sets, sums, counts))[1:]:
                factor, sign = _SETS[name]
                mean = F.normalize(total)[labels]
                change = sign * (mean * z).sum(1, keepdim=True) - 1
                change = change * doubt * (count[labels, None] > 0)
                change = torch.zeros_like(cosines).scatter(
                    1, labels[:, None], self.strength * change)
                loss = loss + F.cross_entropy(
                    factor * (cosines + change) / self.temperature, labels)
            if self.compatible:
                prototypes = prototypes.detach()
            return loss, (prototypes @ prototypes.T).norm()

    def _embed(self, feats: Tensor) -> Tensor:
        """(N, D), float32 or float64."""
        return full_precision(self.embed(feats.to(self.embed.weight.dtype)))

    def _sum_up(self, z: Tensor, predicted: Tensor, labels: Tensor,
                sets: Dict[str, Tensor]) -> Tuple[Tensor, Tensor]:
        """Sums (S, K, D) of the embeddings and counts (S, K) of the clips of
        each class in each of S sets, over all ranks."""
        members = torch.stack([
            F.one_hot(predicted if name == 'FP' else labels,
                      len(self.prototypes)) * mask[:, None]
            for name, mask in sets.items()
        ]).to(z.dtype)  # (S, N, K)
        sums = members.transpose(1, 2) @ F.pad(z, (0, 1), value=1.)
        if get_world_size() > 1:
            if not self._shared:  # each rank may have drawn its own noise
                broadcast(self.prototypes)
                self._shared = True
            # Carries the gradient as well: ranks must all come here.
            sums = all_reduce(sums)
        return sums[..., :-1], sums[..., -1].detach()

    def _follow(self, total: Tensor, count: Tensor) -> Tensor:
        """New prototypes (K, D), with the gradient of the new part."""
        old = full_precision(self.prototypes)
        mean = total / count.clamp(min=1)[:, None]
        # An overflow in half precision must not spoil a class for good.
        seen = (count > 0) & mean.detach().isfinite().all(dim=1)
        new = self.momentum * old + (1 - self.momentum) * mean
        new = torch.where(seen[:, None], new, old)
        if self.training:
            self.prototypes.copy_(new.detach())
            self.updated.masked_fill_(seen, 1)
        return new


def full_precision(x: Tensor) -> Tensor:
    """float32 of half precision; float64 stays."""
    return x.float() if x.element_size() < 4 else x
