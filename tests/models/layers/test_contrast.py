# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from mmaction_microaction.models.layers import outer_inner_contrast


def by_sampling(scores, start, end, margin, fine=2000):
    """The same for one segment, on a fine grid."""
    step = 1 / fine
    pad = 2 * len(scores)
    time = (torch.arange(-pad * fine, (len(scores) + pad) * fine) + .5) * step
    inside_clip = (time >= 0) & (time < len(scores))
    value = torch.zeros_like(time)
    value[inside_clip] = scores[time[inside_clip].long()]
    around = margin * (end - start)
    inner = (time >= start) & (time < end)
    outer = (time >= start - around) & (time < end + around) & ~inner
    return (value[inner].mean() - value[outer].sum() * step /
            (2 * around)).clamp(0, 1)


@pytest.mark.parametrize('margin', [0.25, 0.5])
def test_equals_sampling(margin):
    scores = torch.rand(3, 9)
    start = torch.rand(4, 3) * 8 - 1  # some begin before the clip
    segments = torch.stack([start, start + 0.3 + torch.rand(4, 3) * 4], -1)
    segments[0, 0] = torch.tensor([0., 9.])
    contrast = outer_inner_contrast(scores, segments, margin)
    for p in range(4):
        for k in range(3):
            wanted = by_sampling(scores[k], *segments[p, k].tolist(), margin)
            assert contrast[p, k].item() == pytest.approx(
                wanted.item(), abs=2e-3)


def test_limits():
    scores = torch.zeros(1, 8)
    scores[0, 2:4] = 1
    segments = torch.tensor([[[2., 4.]], [[0., 8.]], [[4., 8.]], [[3., 3.]]])
    contrast = outer_inner_contrast(scores, segments)[:, 0]
    assert contrast[0] == 1 and contrast[1] == 0.25 and contrast[2] == 0
    assert contrast.isfinite().all()
    assert outer_inner_contrast(scores, torch.zeros(0, 1, 2)).shape == (0, 1)
