# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import nn

from mmaction_microaction.models.layers import (GatedShift, SEGate,
                                                temporal_shift)


def test_gate_by_hand():
    gate = SEGate(8, ratio=4)
    x = torch.randn(3, 8, 4, 4)
    mean = x.flatten(2).mean(2)
    hidden = (mean @ gate.squeeze.weight.T).clamp(min=0)
    expected = 1 / (1 + (-(hidden @ gate.excite.weight.T)).exp())
    torch.testing.assert_close(gate(x)[..., 0, 0], expected)
    assert [n for n, _ in gate.named_parameters()
            ] == ['squeeze.weight', 'excite.weight']


@pytest.mark.parametrize('shift_div, gate_ratio', [(8, 4), (None, 4),
                                                   (8, None)])
def test_order_is_gate_shift_convolution(shift_div, gate_ratio):
    conv = nn.Conv2d(16, 4, 1, bias=False)
    layer = GatedShift(conv, 4, shift_div, gate_ratio)
    x = torch.randn(8, 16, 5, 5)
    expected = x
    if gate_ratio:
        expected = expected * layer.gate(x)
    if shift_div:
        expected = TemporalShift.shift(expected, 4, shift_div)
    torch.testing.assert_close(layer(x), conv(expected))
    assert layer.weight is conv.weight and layer.bias is None


def test_gradient():
    layer = GatedShift(nn.Conv2d(8, 2, 1), 2, 4, 2).double()
    x = torch.randn(4, 8, 2, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)


def test_wrong_settings():
    for div in (0, 1):
        with pytest.raises(ValueError, match='shift_div'):
            GatedShift(nn.Conv2d(8, 8, 1), shift_div=div)
    with pytest.raises(ValueError, match='gate_ratio'):
        SEGate(10, ratio=4)


def test_frames_that_make_no_clips():
    with pytest.raises(ValueError, match='num_segments=8'):
        temporal_shift(torch.zeros(12, 8, 1, 1), 8, 8)
    with pytest.raises(ValueError, match=r'\[5, 8\]'):
        temporal_shift(torch.zeros(14, 8, 1, 1), [5, 8], 8)
