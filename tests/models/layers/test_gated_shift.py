# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import nn

from mmaction_microaction.models.layers import GatedShift, SEGate
from mmaction_microaction.models.layers.gated_shift import temporal_shift


@pytest.mark.parametrize('channels, segments, div', [(16, 8, 8), (9, 3, 4),
                                                     (8, 1, 8), (4, 2, 8)])
def test_shift_equals_the_hosts(channels, segments, div):
    x = torch.randn(2 * segments, channels, 3, 5)
    expected = TemporalShift.shift(x, segments, div)
    assert torch.equal(temporal_shift(x, segments, div), expected)
    last = x.contiguous(memory_format=torch.channels_last)
    out = temporal_shift(last, segments, div)
    assert torch.equal(out, expected)
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_shift_names_the_setting():
    with pytest.raises(ValueError, match='num_segments=8'):
        temporal_shift(torch.zeros(12, 8, 1, 1), 8, 8)


def test_gate_by_hand():
    gate = SEGate(8, ratio=4)
    x = torch.randn(3, 8, 4, 4)
    mean = x.flatten(2).mean(2)
    hidden = (mean @ gate.squeeze.weight.T).clamp(min=0)
    expected = 1 / (1 + (-(hidden @ gate.excite.weight.T)).exp())
    torch.testing.assert_close(gate(x)[..., 0, 0], expected)
    assert not any(
        name.endswith('bias') for name, _ in gate.named_parameters())


def test_gradient_in_channels_last():
    x = torch.randn(4, 8, 3, 2, dtype=torch.double)
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: temporal_shift(v, 2, 4), x)


@pytest.mark.parametrize('div', [0, 1])
def test_shift_div_must_leave_something(div):
    with pytest.raises(ValueError, match='shift_div'):
        GatedShift(nn.Conv2d(8, 8, 1), shift_div=div)


def test_gate_ratio_must_divide():
    with pytest.raises(ValueError, match='gate_ratio'):
        SEGate(10, ratio=4)


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


def test_clips_of_different_length():
    clips = [torch.randn(t, 16, 3, 5) for t in (5, 1, 8)]
    expected = torch.cat([temporal_shift(c, len(c), 8) for c in clips])
    assert torch.equal(
        temporal_shift(torch.cat(clips), [5, 1, 8], 8), expected)
    with pytest.raises(ValueError, match=r'\[5, 8\]'):
        temporal_shift(torch.cat(clips), [5, 8], 8)
