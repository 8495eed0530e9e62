# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The arithmetic is compared in tests/models/backbones/test_mmnet.py."""
import pytest
import torch
from torch import nn

from mmaction_microaction.models.layers import ContinuousAttentionBlock


@pytest.mark.parametrize('width, stride, shortcut',
                         [(6, 1, False), (6, 2, True), (4, 1, True)])
def test_shapes_and_shortcut(width, stride, shortcut):
    block = ContinuousAttentionBlock(6, width, stride)
    x, weights = block(torch.randn(2, 6, 10, 8))
    assert x.shape == (2, width, 10 // stride, 8 // stride)
    assert weights.shape == (2, 1, *x.shape[2:])
    assert isinstance(block.shortcut, nn.Identity) is not shortcut
    assert 0 < weights.min() and weights.max() < 1


@torch.no_grad()
def test_attention_goes_on_from_the_block_before():
    block = ContinuousAttentionBlock(4, 4, 2).eval()
    x, previous = torch.randn(1, 4, 8, 8), torch.zeros(1, 1, 8, 8)
    plain, free = block(x)
    # One place alone counted: those whose 3 x 3 window holds it still do.
    previous[..., 3, 4] = 0.5
    y, weights = block(x, previous)
    counts = torch.zeros(4, 4)
    counts[1:3, 2] = 0.5  # windows of rows 1 to 3 and 3 to 5, columns 3 to 5
    torch.testing.assert_close(weights[0, 0], counts * free[0, 0])
    torch.testing.assert_close(y, plain / free * weights)
