# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Losses of temporal detection, one value per element."""
import torch
import torch.nn.functional as F
from torch import Tensor


def sigmoid_focal_loss(logits: Tensor,
                       targets: Tensor,
                       alpha: float = 0.25,
                       gamma: float = 2.) -> Tensor:
    """Binary cross-entropy with a low weight for easy elements; targets are 0
    to 1 (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, Eq.
    5)."""
    probs = logits.sigmoid()
    miss = probs + targets - 2 * probs * targets  # 1 - p_t
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    entropy = F.binary_cross_entropy_with_logits(
        logits, targets, reduction='none')
    return weight * miss**gamma * entropy


def diou_loss_1d(pred: Tensor, target: Tensor) -> Tensor:
    """One minus distance-IoU, (P,), 0 to 2, of segments around one point,
    given by distances (P, 2) to start and end, at least 0 (Zheng et al.,
    "Distance-IoU Loss", AAAI 2020, Eq. 7, in 1-D)."""
    eps = torch.finfo(pred.dtype).eps
    inter = torch.minimum(pred, target).sum(dim=1)
    union = pred.sum(dim=1) + target.sum(dim=1) - inter
    hull = torch.maximum(pred, target).sum(dim=1)
    offset = pred - target
    centre = (offset[:, 1] - offset[:, 0]) / 2
    return 1 - inter / union.clamp(min=eps) + \
        (centre / hull.clamp(min=eps))**2
