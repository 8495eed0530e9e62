# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Losses of temporal detection, one value for each element.

Shapes: P pairs of a point and an action.
"""
import torch
import torch.nn.functional as F
from torch import Tensor


def sigmoid_focal_loss(logits: Tensor,
                       targets: Tensor,
                       alpha: float = 0.25,
                       gamma: float = 2.) -> Tensor:
    """Binary cross-entropy that cares little for what is easy.

    Source: Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017,
    Eq. 5.

    Args:
        logits (Tensor): (...), float.
        targets (Tensor): (...), float, 0 to 1.
        alpha (float): Weight of the positives, 1 - alpha that of the
            negatives. Defaults to 0.25.
        gamma (float): Defaults to 2.0.

    Returns:
        Tensor: (...), at least 0.
    """
    probs = logits.sigmoid()
    miss = probs + targets - 2 * probs * targets  # 1 - p_t
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    entropy = F.binary_cross_entropy_with_logits(
        logits, targets, reduction='none')
    return weight * miss**gamma * entropy


def diou_loss_1d(pred: Tensor, target: Tensor) -> Tensor:
    """One minus distance-IoU of segments around the same point.

    Source: Zheng et al., "Distance-IoU Loss", AAAI 2020, Eq. 7, in one
    dimension.

    Args:
        pred (Tensor): (P, 2), float, distances from the point to start and
            end, at least 0.
        target (Tensor): (P, 2), the same of the true segments.

    Returns:
        Tensor: (P,), 0 to 2.
    """
    eps = torch.finfo(pred.dtype).eps
    inter = torch.minimum(pred, target).sum(dim=1)
    union = pred.sum(dim=1) + target.sum(dim=1) - inter
    hull = torch.maximum(pred, target).sum(dim=1)
    offset = pred - target
    centre = (offset[:, 1] - offset[:, 0]) / 2
    return 1 - inter / union.clamp(min=eps) + \
        (centre / hull.clamp(min=eps))**2
