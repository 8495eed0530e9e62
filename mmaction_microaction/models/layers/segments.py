# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Points, segments and scores of temporal detection.

Times are in grid steps: step t of the window covers [t, t + 1). Point t of
level l is at ``t * 2**l + 0.5``, the centre of the step that it pools. Shapes:
P points of all levels, or predictions; M actions, K classes, T steps of a
clip; segments are [start, end).
"""
from typing import Optional, Sequence, Tuple

import torch
from torch import Tensor


def pyramid_points(
        lengths: Sequence[int],
        device: Optional[torch.device] = None) -> Tuple[Tensor, Tensor]:
    """Positions and strides (P,), float32, of the points of all levels, from
    the number of points of each, finest first."""
    strides = 2.**torch.arange(len(lengths))
    steps = torch.cat([torch.arange(length) for length in lengths])
    strides = strides.repeat_interleave(torch.tensor(lengths))
    return (steps * strides + 0.5).to(device), strides.to(device)


def label_points(points: Tensor,
                 strides: Tensor,
                 segments: Tensor,
                 labels: Tensor,
                 num_classes: int,
                 radius: float = 1.5) -> Tuple[Tensor, Tensor]:
    """Assign to every point all actions that it should detect.

    A point of stride s detects an action that covers it, whose centre is
    within ``radius * s``, and whose farther end is 2 s to 4 s away (0 to 4 on
    the first level, 2 s and more on the last): centre sampling and regression
    ranges of "ActionFormer", ECCV 2022, Sec. 3, but not for the shortest
    action alone. Of two actions of a class the shorter one counts. Actions
    shorter than a step are extended to one step, so that a point can detect
    them. Returns (P, K) bool, whether a point detects a class, and (P, K, 2),
    the distances to start and end, else 0.
    """
    found = torch.zeros(
        len(points), num_classes, dtype=torch.bool, device=points.device)
    distances = points.new_zeros(len(points), num_classes, 2)
    near = torch.where(strides > strides.min(), 2 * strides, 0)
    far = torch.where(strides < strides.max(), 4 * strides, float('inf'))
    centres = segments.mean(dim=1)
    halves = ((segments[:, 1] - segments[:, 0]) / 2).clamp(min=0.5)
    # Shorter actions come later and overwrite longer ones of their class.
    for m in halves.argsort(descending=True, stable=True).tolist():
        start, end = centres[m] - halves[m], centres[m] + halves[m]
        ends = torch.stack([points - start, end - points], -1)  # (P, 2)
        farther = ends.amax(dim=1)
        fits = (ends[:, 0] >= 0) & (ends[:, 1] > 0)
        fits &= (points - centres[m]).abs() <= radius * strides
        fits &= (farther >= near) & (farther < far)
        found[fits, labels[m]] = True
        distances[fits, labels[m]] = ends[fits]
    return found, distances


def iou_1d(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of segments (..., 2), broadcast; 0 if both are
    empty."""
    inter = torch.minimum(a[..., 1], b[..., 1]) - \
        torch.maximum(a[..., 0], b[..., 0])
    inter = inter.clamp(min=0)
    union = a[..., 1] - a[..., 0] + b[..., 1] - b[..., 0] - inter
    return inter / union.clamp(min=torch.finfo(union.dtype).tiny)


def soft_nms_1d(segments: Tensor,
                scores: Tensor,
                sigma: float = 0.5,
                min_score: float = 0.001,
                max_num: int = 200,
                labels: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
    """Repeatedly take the best prediction and lower those that overlap it.

    Each taken prediction multiplies the scores of the rest, or of its own
    label's, by ``exp(-IoU ** 2 / sigma)`` (Bodla et al., "Soft-NMS", ICCV
    2017, Sec. 3); the lower index wins ties. Returns the indices (Q,) int64 of
    at most ``max_num`` predictions of at least ``min_score``, and their
    lowered scores (Q,), descending.
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


def outer_inner_contrast(scores: Tensor,
                         segments: Tensor,
                         margin: float = 0.25) -> Tensor:
    """Mean score inside a segment less the mean score just outside.

    It is largest where a segment's ends are those of its action, and at least
    0; scores beyond the clip are 0. Source: Shou et al., "AutoLoc", ECCV 2018,
    Sec. 3 (its loss, as a score). (P, K) of scores (K, T), all 0 to 1, and
    segments (P, K, 2); ``margin``, relative to their length, is outside.
    """
    sums = scores.cumsum(dim=1)
    sums = torch.cat([sums.new_zeros(len(sums), 1), sums], dim=1).T
    last = scores.shape[1]

    def until(time: Tensor) -> Tensor:
        """Integral of the scores up to a time, (P, K)."""
        time = time.clamp(0, last)
        step = time.floor().clamp(max=last - 1).long()
        below, above = sums.gather(0, step), sums.gather(0, step + 1)
        return below + (time - step) * (above - below)

    start, end = segments.unbind(dim=-1)
    length = (end - start).clamp(min=torch.finfo(segments.dtype).eps)
    around = margin * length
    inside = until(end) - until(start)
    both = until(end + around) - until(start - around)
    outer = (both - inside) / (2 * around)
    return (inside / length - outer).clamp(0, 1)
