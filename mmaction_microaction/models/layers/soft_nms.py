# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Soft non-maximum suppression in time.

Source: Bodla et al., "Soft-NMS: Improving Object Detection With One Line of
Code", ICCV 2017, Sec. 3, the Gaussian form.

Shapes: P predictions, Q of them kept.
"""
from typing import Optional, Tuple

import torch
from torch import Tensor


def iou_1d(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of segments, element by element.

    Args:
        a (Tensor): (..., 2), float, [start, end).
        b (Tensor): Broadcastable to it, same unit.

    Returns:
        Tensor: (...), 0 to 1; 0 where both are empty.
    """
    inter = torch.minimum(a[..., 1], b[..., 1]) - \
        torch.maximum(a[..., 0], b[..., 0])
    inter = inter.clamp(min=0)
    union = a[..., 1] - a[..., 0] + b[..., 1] - b[..., 0] - inter
    return inter / union.clamp(min=torch.finfo(union.dtype).tiny)


def soft_nms_1d(
    segments: Tensor,
    scores: Tensor,
    sigma: float = 0.5,
    min_score: float = 0.001,
    max_num: int = 200,
    labels: Optional[Tensor] = None,
) -> Tuple[Tensor, Tensor]:
    """Take the best prediction, lower those that overlap it, and again.

    Each taken prediction multiplies the scores of the rest by
    ``exp(-IoU ** 2 / sigma)``. Equal scores go by the lower index.

    Args:
        segments (Tensor): (P, 2), float, [start, end).
        scores (Tensor): (P,), float.
        sigma (float): Width of the Gaussian. Defaults to 0.5.
        min_score (float): Stop at scores below. Defaults to 0.001.
        max_num (int): Largest Q. Defaults to 200.
        labels (Tensor, optional): (P,), int; predictions lower those of their
            own class only. Defaults to None, one class.

    Returns:
        tuple[Tensor, Tensor]: Indices (Q,) int64 of the predictions taken,
        and their lowered scores (Q,), descending.
    """
    scores = scores.clone()
    kept = scores.new_empty(min(max_num, len(scores)))
    indices = torch.empty_like(kept, dtype=torch.long)
    num = 0
    while num < len(kept):
        best = scores.argmax()
        if scores[best] < min_score:
            break
        indices[num], kept[num] = best, scores[best]
        num += 1
        decay = (-iou_1d(segments[best], segments)**2 / sigma).exp()
        if labels is not None:
            decay[labels != labels[best]] = 1
        scores *= decay
        scores[best] = float('-inf')
    return indices[:num], kept[:num]
