# Copyright (c) mmaction-microaction contributors. All rights reserved.
from functools import partial

import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import nn
from torch.utils.checkpoint import checkpoint

from mmaction_microaction.models.layers import (GatedShift, SEGate, gate_shift,
                                                spatial_mean, temporal_shift,
                                                use_plain_blocks)

LAYOUTS = (torch.contiguous_format, torch.channels_last)
no_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA')
each = pytest.mark.parametrize
in_layouts = each('layout', LAYOUTS)
on_devices = each('device', ('cpu', pytest.param('cuda', marks=no_cuda)))
# Channels, T or frames of every clip, share: even, remainder channels, a
# share that moves nothing, one segment, clips of different length.
CASES = [(16, 4, 8), (13, 2, 4), (4, 2, 8), (16, 1, 8), (16, [5, 1, 2], 4),
         (16, 2, None)]


def plain(x, gate, num_segments, shift_div):
    """The definition, in the host's and PyTorch's own words."""
    x = x if gate is None else x * gate
    if shift_div is None:
        return x
    return torch.cat([
        TemporalShift.shift(clip.contiguous(), len(clip), shift_div)
        for clip in x.split(num_segments)
    ])


def inputs(channels, layout, device='cpu', dtype=torch.float, frames=8):
    x = torch.randn(frames, channels, 3, 5, dtype=dtype, device=device)
    gate = torch.rand(frames, channels, 1, 1, dtype=dtype, device=device)
    x = x.contiguous(memory_format=layout)
    return x.requires_grad_(), gate.requires_grad_()


@on_devices
@in_layouts
@each('gated', [True, False])
@each('channels, segments, div', CASES)
def test_equals_the_plain_steps(channels, segments, div, gated, layout,
                                device):
    x, gate = inputs(channels, layout, device)
    gate = gate if gated else None
    wanted = plain(x, gate, segments, div)
    out = gate_shift(x, gate, segments, div)
    assert torch.equal(out, wanted)
    assert out.is_leaf or out.is_contiguous(memory_format=layout)
    leaves = (x, gate) if gated else (x, )
    for other in LAYOUTS:  # of the gradient given
        direction = torch.randn_like(wanted).contiguous(memory_format=other)
        grads, expected = (
            torch.autograd.grad(y, leaves, direction, retain_graph=True)
            for y in (out, wanted))
        torch.testing.assert_close(grads, expected, rtol=1e-6, atol=1e-6)


@on_devices
@each('dtype, gate_dtype, channels', [
    (torch.half, torch.half, 16),
    (torch.bfloat16, torch.bfloat16, 80),
    (torch.bfloat16, torch.float, 8),
])
@in_layouts
def test_half_precision_rounds_as_the_plain_steps(layout, dtype, gate_dtype,
                                                  channels, device):
    x, gate = inputs(channels, layout, device, dtype)
    gate = gate.to(gate_dtype)
    out, wanted = gate_shift(x, gate, 4, 8), plain(x, gate, 4, 8)
    assert torch.equal(out, wanted) and out.dtype == gate_dtype
    direction = torch.randn_like(wanted)
    grads = torch.autograd.grad(out, (x, gate), direction)
    wanted = torch.autograd.grad(wanted, (x, gate), direction)
    torch.testing.assert_close(grads, wanted, rtol=2e-2, atol=2e-2)


def test_no_frames():
    x, gate = inputs(8, LAYOUTS[0], frames=0)
    for segments in (2, []):
        out = gate_shift(x, gate, segments, 4)
        assert out.shape == x.shape
        out.sum().backward()
    assert x.grad.shape == x.shape and gate.grad.shape == gate.shape
    assert spatial_mean(x).shape == (0, 8)


def test_infinities_stay_in_their_clip():
    x, gate = (v.detach() for v in inputs(8, LAYOUTS[0]))
    x[2:4] = float('inf')
    finite = gate_shift(x, gate, 2, 4).isfinite().all(dim=(1, 2, 3))
    assert finite.tolist() == [True] * 2 + [False] * 2 + [True] * 4


def block(**kwargs):
    torch.manual_seed(1)
    return GatedShift(nn.Conv2d(16, 4, 1), 4, **kwargs)


@on_devices
@each('dtype', [torch.float, torch.bfloat16])
@in_layouts
def test_block_equals_the_reference(layout, dtype, device, monkeypatch):
    # The two may take convolutions of different layouts.
    monkeypatch.setattr(torch.backends.cudnn, 'allow_tf32', False)
    layer, reference = block(), use_plain_blocks(block())
    assert layer.state_dict().keys() == reference.state_dict().keys()
    x = torch.randn(8, 16, 6, 6, requires_grad=True, device=device)
    mixed = dtype is torch.bfloat16
    grads = []
    for module, order in ((layer, layout), (reference, LAYOUTS[0])):
        module.to(device)
        pixels = x.contiguous(memory_format=order)
        with torch.autocast(device, torch.bfloat16, enabled=mixed):
            out = module(pixels)
        assert out.dtype == dtype
        grads.append((out, *torch.autograd.grad(out.float().square().sum(),
                                                (x, *module.parameters()))))
    error = dict(rtol=2e-2, atol=2e-1) if mixed else dict(rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(*grads, **error)


@each('call, match', [
    (lambda: block(shift_div=0), 'shift_div'),
    (lambda: block(shift_div=1), 'shift_div'),
    (lambda: SEGate(10, ratio=4), 'gate_ratio'),
    (lambda: temporal_shift(torch.zeros(12, 8, 1, 1), 8, 8), 'num_segments=8'),
    (lambda: temporal_shift(torch.zeros(14, 8, 1, 1), [5, 8], 8), r'\[5, 8'),
])
def test_errors(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@in_layouts
@each('dtype, error', [(torch.float, 1e-6), (torch.bfloat16, 2**-8)])
def test_spatial_mean(layout, dtype, error):
    """To half a unit in the last place: the sum itself does not round to it.
    The gradient is no map."""
    x = (torch.randn(3, 5, 28, 28) + 3).to(dtype, memory_format=layout)
    wanted = x.double().mean(dim=(2, 3))
    torch.testing.assert_close(
        spatial_mean(x).double(), wanted, rtol=error, atol=0)
    x = torch.randn(2, 3, 4, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(spatial_mean, x)
    grad, = torch.autograd.grad(spatial_mean(x).sum(), x)
    assert grad.stride()[2:] == (0, 0)


@in_layouts
def test_captured_as_one_graph_checkpointed_and_traced(layout):
    """``torch.compile`` breaks no graph at it (no compiler is run here)."""
    layer = block()
    x = torch.randn(8, 16, 3, 3).contiguous(memory_format=layout)
    leaves = x.requires_grad_(), *layer.parameters()
    wanted = layer(x)
    grads = torch.autograd.grad(wanted.sum(), leaves)
    for run in (torch.compile(layer, backend='aot_eager', fullgraph=True),
                partial(checkpoint, layer, use_reentrant=False)):
        out = run(x)
        torch.testing.assert_close(out, wanted)
        torch.testing.assert_close(
            torch.autograd.grad(out.sum(), leaves), grads)
    traced = torch.jit.trace(layer.requires_grad_(False), x.detach())
    x = torch.randn(16, 16, 5, 5)
    torch.testing.assert_close(traced(x), layer(x))
    assert 'PythonOp' not in str(traced.inlined_graph)
