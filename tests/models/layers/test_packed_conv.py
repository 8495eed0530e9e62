# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmaction_microaction.models.layers import PackedConv2d
from mmaction_microaction.models.layers.packed_conv import packs_bfloat16

KINDS = {}, dict(bias=False, stride=2), dict(groups=4, dilation=2)


def packed(relu=True, **kwargs):
    conv = nn.Conv2d(8, 12, 3, padding=kwargs.get('dilation', 1), **kwargs)
    conv.requires_grad_(False)
    twin = copy.deepcopy(conv)
    PackedConv2d.convert(twin, relu)
    return conv, twin


@pytest.mark.parametrize('dtype, error', [(torch.float, 1e-5),
                                          (torch.bfloat16, 2e-2)])
@pytest.mark.parametrize('relu', [True, False])
@pytest.mark.parametrize('kwargs', KINDS)
@pytest.mark.parametrize('grad, last', [(False, True), (True, True),
                                        (False, False)])
def test_equals_three_steps(grad, last, kwargs, relu, dtype, error):
    conv, twin = (layer.to(dtype) for layer in packed(relu, **kwargs))
    layout = torch.channels_last if last else torch.contiguous_format
    for size in (9, 12, 9, 1):  # weights are packed anew for another size
        x = torch.randn(2, 8, size, size).to(dtype, memory_format=layout)
        with torch.set_grad_enabled(grad):
            wanted = conv(x)
            other = torch.randn_like(wanted)
            wanted = F.relu(wanted) if relu else wanted, F.relu(wanted + other)
            out = twin(x), twin(x, other)
        # A map of one pixel is in both layouts.
        plainly = not last and size > 1
        half = dtype == torch.bfloat16 and not packs_bfloat16()
        assert (twin._packed is None) == (grad or plainly or half)
        assert plainly or out[0].is_contiguous(
            memory_format=torch.channels_last)
        torch.testing.assert_close(out, wanted, rtol=error, atol=error)


@torch.no_grad()
def test_where_the_operator_does_not_fit():
    conv, twin = packed()
    assert twin(torch.empty(0, 8, 5, 5)).shape == (0, 12, 5, 5)
    x = torch.randn(2, 8, 5, 5)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(twin(x), F.relu(conv(x)))
    conv.double(), twin.double()
    assert torch.equal(twin(x.double()), F.relu(conv(x.double())))


@torch.no_grad()
def test_a_processor_without_bfloat16(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, '_is_mkldnn_bf16_supported',
                        lambda: False)
    conv, twin = (layer.bfloat16() for layer in packed())
    x = torch.randn(2, 8, 5, 5).to(
        torch.bfloat16, memory_format=torch.channels_last)
    torch.testing.assert_close(twin(x), F.relu(conv(x)))
    assert twin._packed is None
