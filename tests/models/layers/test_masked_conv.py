# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
import torch.nn.functional as F

from mmaction_microaction.models.layers import (ChannelNorm, MaskedConv1d,
                                                masked_max_pool)


def padded(x, length=16):
    """A clip (1, C, T) in a longer window, with rubbish behind it."""
    window = F.pad(x, (0, length - x.shape[2]), value=1e3)
    return window, torch.arange(length)[None] < x.shape[2]


@pytest.mark.parametrize('stride', [1, 2])
@pytest.mark.parametrize('steps', [1, 6, 7])
def test_padding_does_not_exist(stride, steps):
    layer = MaskedConv1d(3, 5, stride=stride)
    x = torch.randn(1, 3, steps)
    expected = F.conv1d(x, layer.weight, layer.bias, stride, padding=1)
    y, mask = layer(*padded(x))
    assert y.shape[-1] == mask.shape[-1] == 16 // stride
    assert mask.sum() == expected.shape[-1] == -(-steps // stride)
    torch.testing.assert_close(y[..., mask[0]], expected)
    assert not y[..., ~mask[0]].any()


@pytest.mark.parametrize('steps', [1, 6, 7])
def test_pool_sees_own_steps_only(steps):
    x = torch.randn(1, 3, steps) - 10  # all below the padding and zero
    wanted = torch.zeros(1, 3, 8)
    for t in range(-(-steps // 2)):
        wanted[..., t] = x[..., max(2 * t - 1, 0):2 * t + 2].amax(dim=2)
    assert torch.equal(masked_max_pool(*padded(x)), wanted)


def test_norm_is_over_channels():
    x = torch.randn(2, 8, 5) * 3 + 1
    std, mean = torch.std_mean(x, dim=1, correction=0, keepdim=True)
    torch.testing.assert_close(
        ChannelNorm(8)(x), (x - mean) / std, atol=1e-4, rtol=1e-4)
