# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import Any

from mmaction.registry import MODELS
from torch import Tensor

from mmaction_microaction.utils.errors import UserError
from .counted_loss import CountedLoss


@MODELS.register_module()
class ClassBalancedFocalLoss(CountedLoss):
    """Focal loss weighted by class: ``-w_y (1 - p_y)^gamma log(p_y)``.

    The class weight is that of Cui et al., "Class-Balanced Loss Based on
    Effective Number of Samples", CVPR 2019, Eq. 4 and 5: ``(1 - beta) / (1 -
    beta^n)``, scaled to a mean of 1 over the classes. The focal loss is Eq. 4
    of Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, with p
    of a softmax, as in our heads; the papers, and the host's ``CBFocalLoss``,
    use a sigmoid per class. ``gamma=0`` and ``beta=0`` (or equal counts) is
    plain cross-entropy. Arguments of :class:`CountedLoss`; UserError for a
    ``beta`` outside [0, 1).
    """

    def __init__(self,
                 beta: float = 0.999,
                 gamma: float = 2.,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= beta < 1 or gamma < 0:
            raise UserError('ClassBalancedFocalLoss needs 0 <= beta < 1 and '
                            f'gamma >= 0, but got {beta} and {gamma}')
        self.beta, self.gamma = beta, gamma

    def by_clip(self, logits: Tensor, labels: Tensor,
                counts: Tensor) -> Tensor:
        """See :class:`CountedLoss`."""
        weights = (1 - self.beta) / (1 - self.beta**counts)
        weights = weights / weights.mean()
        scores = logits.log_softmax(dim=1)
        # At 0 the slope of a root is infinite.
        missed = (1 - scores.exp()).clamp(min=1e-6)
        return -(labels * weights * missed**self.gamma * scores).sum(dim=1)
