# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import Any

from mmaction.registry import MODELS
from torch import Tensor

from .counted_loss import CountedLoss


@MODELS.register_module()
class BalancedSoftmaxLoss(CountedLoss):
    """Cross-entropy of logits plus the log frequency of each class:
    ``softmax(z + tau * log(n))``.

    The logits then do not learn the frequencies, and at test all classes are
    treated alike. ``tau=1`` is Ren et al., "Balanced Meta-Softmax for
    Long-Tailed Visual Recognition", NeurIPS 2020, Eq. 4; any tau the logit
    adjusted loss of Menon et al., "Long-Tail Learning via Logit Adjustment",
    ICLR 2021, Eq. 10; 0, or equal counts, plain cross-entropy. Arguments of
    :class:`CountedLoss`.
    """

    def __init__(self, tau: float = 1., **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tau = tau

    def by_clip(self, logits: Tensor, labels: Tensor,
                counts: Tensor) -> Tensor:
        """See :class:`CountedLoss`."""
        # Of the shares, whose logarithms are small in half precision, too.
        prior = (counts / counts.sum()).log()
        scores = (logits + self.tau * prior).log_softmax(dim=1)
        return -(labels * scores).sum(dim=1)
