# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which points of a temporal pyramid stand for which actions.

Times are in grid steps: step t of the window covers [t, t + 1). Point t of
level l stands at ``t * 2**l + 0.5``, the centre of the step it was pooled
around.

Shapes: P points of all levels, M actions of a clip, K classes.

Source: Zhang et al., "ActionFormer", ECCV 2022, Sec. 3 (centre sampling,
regression ranges). Deviation: a point belongs to all actions that it fits,
not to the shortest alone, so that longer actions beside it keep their labels.
"""
from typing import Sequence, Tuple

import torch
from torch import Tensor


def pyramid_points(lengths: Sequence[int]) -> Tuple[Tensor, Tensor]:
    """Position and spacing of every point.

    Args:
        lengths (Sequence[int]): Points of every level, finest first.

    Returns:
        tuple[Tensor, Tensor]: Positions (P,) and strides (P,), float32, in
        grid steps.
    """
    points, strides = [], []
    for level, length in enumerate(lengths):
        stride = 2.**level
        points.append(torch.arange(length) * stride + 0.5)
        strides.append(torch.full((length, ), stride))
    return torch.cat(points), torch.cat(strides)


def label_points(points: Tensor,
                 strides: Tensor,
                 segments: Tensor,
                 labels: Tensor,
                 num_classes: int,
                 radius: float = 1.5) -> Tuple[Tensor, Tensor]:
    """Label every point with all the actions that it should find.

    A point of stride s finds an action that covers it, whose centre is within
    ``radius * s`` of it, and whose farther end is 2 s to 4 s away (0 to 4 on
    the first level, 2 s and more on the last). Of two such actions of the
    same class the shorter one counts. An action shorter than one grid step is
    taken as one step long around its centre, or no point might see it.

    Args:
        points (Tensor): (P,), grid steps.
        strides (Tensor): (P,), grid steps.
        segments (Tensor): (M, 2), grid steps, [start, end).
        labels (Tensor): (M,), int, 0 to K - 1.
        num_classes (int): K.
        radius (float): Of centre sampling, in strides. Defaults to 1.5.

    Returns:
        tuple[Tensor, Tensor]: (P, K) bool, whether a point finds a class, and
        (P, K, 2), the distances to start and end where it does, in grid
        steps; 0 elsewhere.
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
        ends = torch.stack([
            points - (centres[m] - halves[m]),
            (centres[m] + halves[m]) - points
        ], -1)  # (P, 2)
        farther = ends.amax(dim=1)
        fits = (ends[:, 0] >= 0) & (ends[:, 1] > 0)
        fits &= (points - centres[m]).abs() <= radius * strides
        fits &= (farther >= near) & (farther < far)
        found[fits, labels[m]] = True
        distances[fits, labels[m]] = ends[fits]
    return found, distances
