# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmaction_microaction.models.layers import DSTAAdapter, TIAAdapter


def awake(adapter):
    """With random weights everywhere."""
    for p in adapter.parameters():
        nn.init.normal_(p, std=0.5)
    return adapter


def test_tia_by_hand():
    adapter = awake(TIAAdapter(8, ratio=2))
    x = torch.randn(5, 1, 1, 8)
    y = F.gelu(adapter.down(x[:, 0, 0]))
    depthwise, pointwise = adapter.mix
    mixed = F.conv1d(
        y.T[None], depthwise.weight, depthwise.bias, padding=1, groups=4)
    mixed = pointwise(mixed)[0].T
    expected = x[:, 0, 0] + adapter.scale * adapter.up(y + mixed)
    torch.testing.assert_close(adapter(x, [5])[:, 0, 0], expected)


def test_dsta_paths():
    """The spatial path sees the frame alone, the temporal the location."""
    adapter = awake(DSTAAdapter(8))
    x = torch.randn(5, 3, 3, 8)
    changed = x.clone()
    changed[2, 1, 1] += 1
    expected = torch.zeros(5, 3, 3, dtype=torch.bool)
    expected[2] = True  # 3 x 3 patches around it
    expected[1:4, 1, 1] = True
    for adapter.scale_time.data in (torch.ones(1), torch.zeros(1)):
        moved = (adapter(changed, [5]) - adapter(x, [5])).abs().sum(-1) > 1e-6
        assert torch.equal(moved, expected)
        expected[[0, 1, 3, 4]] = False


def test_ratio_must_divide():
    with pytest.raises(ValueError, match='ratio of TIAAdapter'):
        TIAAdapter(10, ratio=4)
