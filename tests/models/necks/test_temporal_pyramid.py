# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from mmaction_microaction.models import TemporalPyramid


def small(channels=8, **kwargs):
    return TemporalPyramid(
        6, channels, num_levels=4, num_heads=2, window=5, **kwargs)


def test_shapes_masks_and_gradients():
    mask = torch.arange(21) < torch.tensor([[21], [10]])
    neck = small()
    levels, masks = neck(torch.randn(2, 6, 21), mask)
    assert [x.shape for x in levels] == [(2, 8, t) for t in (21, 11, 6, 3)]
    assert [m.sum(1).tolist() for m in masks] == [[21, 10], [11, 5], [6, 3],
                                                  [3, 2]]
    for x, m in zip(levels, masks):
        assert not (x * ~m[:, None]).any() and x.isfinite().all()
    sum((x * torch.randn_like(x)).sum() for x in levels).backward()
    # The bias of keys has no effect, so the sum over q, k and v counts.
    for name, p in neck.named_parameters():
        assert p.grad is not None and p.grad.any(), name


@pytest.mark.parametrize('steps', [1, 2, 13, 16])
def test_padding_changes_nothing(steps):
    """Alone, and before rubbish beside a longer clip."""
    neck = small().eval()
    x = torch.randn(1, 6, steps)
    alone, _ = neck(x, torch.ones(1, steps, dtype=torch.bool))
    window = torch.randn(2, 6, 40) * 100
    window[:1, :, :steps] = x
    levels, masks = neck(window,
                         torch.arange(40) < torch.tensor([[steps], [40]]))
    for a, b, m in zip(alone, levels, masks):
        torch.testing.assert_close(b[:1, :, m[0]], a, atol=1e-5, rtol=1e-5)


def test_attention_is_local():
    """A change stays within the reach of convolutions and window."""
    neck, x = small(num_embeds=1).eval(), torch.randn(2, 6, 64)
    x[1] = x[0]
    x[1, :, 32] += 1
    levels, _ = neck(x, torch.ones(2, 64, dtype=torch.bool))
    moved = [(a - b).abs().sum(0) > 1e-6 for a, b in levels]
    assert moved[0].nonzero()[:, 0].tolist() == [31, 32, 33]
    steps = moved[1].nonzero()[:, 0]
    # 31..33 reach steps 15..17 of the next level, these two more each way.
    assert steps.min() >= 13 and steps.max() <= 19


def test_heads_must_divide():
    with pytest.raises(ValueError, match='num_heads'):
        small(channels=9)
