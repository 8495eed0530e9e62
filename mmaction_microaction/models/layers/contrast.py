# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How well a segment's ends fit the scores of the single steps.

Shapes: P segments of each of K classes, T steps of a clip.
"""
import torch
from torch import Tensor


def outer_inner_contrast(scores: Tensor,
                         segments: Tensor,
                         margin: float = 0.25) -> Tensor:
    """Mean score inside a segment less the mean score just outside.

    Largest where a segment begins and ends as its action does. Beyond the
    clip the score is 0.

    Source: Shou et al., "AutoLoc: Weakly-Supervised Temporal Action
    Localization in Untrimmed Videos", ECCV 2018, Sec. 3 (its loss, used as a
    score).

    Args:
        scores (Tensor): (K, T), float, 0 to 1.
        segments (Tensor): (P, K, 2), float, [start, end) in steps.
        margin (float): What counts as just outside, on either side, in
            lengths of the segment. Defaults to 0.25.

    Returns:
        Tensor: (P, K), 0 to 1; negative contrasts are 0.
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
