# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The Triton kernels in Triton's interpreter on the CPU, in a process of its
own, as it must be on before Triton is imported. Where there is CUDA,
test_gate_shift_op.py runs the compiled kernels."""
import functools
import importlib.util
import os
import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift

from mmaction_microaction.models.layers import gate_shift_op, gate_shift_triton

CPU, LAYOUTS = torch.device('cpu'), (torch.contiguous_format,
                                     torch.channels_last)
INTERPRETED = os.environ.get('TRITON_INTERPRET') == '1'
in_layouts = pytest.mark.parametrize('layout', LAYOUTS)
needs_interpreter = pytest.mark.skipif(
    not INTERPRETED, reason='runs in the process that the first test starts')


@pytest.mark.skipif(
    INTERPRETED or importlib.util.find_spec('triton') is None,
    reason='this is the process, or there is no Triton')
def test_in_the_interpreter(tool_env):
    chosen = 'as_pytorch or nothing or comparison'
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-qx', __file__, '-k', chosen],
        env=dict(tool_env, TRITON_INTERPRET='1'),
        capture_output=True,
        text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '15 passed' in done.stdout


@needs_interpreter
@in_layouts
@pytest.mark.parametrize('channels, segments, fold, size, dtype', [
    (16, 4, 2, (3, 5), torch.half),
    (13, 2, 3, (7, 7), torch.float),
    (80, 2, 10, (2, 5), torch.float),
    (8, 1, 2, (3, 5), torch.double),
    (8, (5, 1, 2), 2, (3, 5), torch.float),
    (9, 8, 0, (30, 20), torch.float),
])
def test_as_pytorch(channels, segments, fold, size, dtype, layout):
    x, grad = (
        torch.randn(8, channels, *size,
                    dtype=dtype).contiguous(memory_format=layout)
        for _ in range(2))
    gate = torch.rand(8, channels, 1, 1, dtype=dtype)
    flags = gate_shift_op._edge_flags(segments, 8, x.device)
    for weight in (gate, None):
        out = torch.empty_like(x)
        wanted = gate_shift_op._move(x, weight, segments, fold, out)
        out = gate_shift_triton.forward(x, weight, flags, fold)
        assert torch.equal(out, wanted) and out.stride() == x.stride()
    for value, weight in ((x, gate), (None, gate), (None, None)):
        wanted = gate_shift_op._backward(grad, value, weight, segments, fold)
        grads = gate_shift_triton.backward(grad, value, weight, flags, fold)
        assert torch.equal(grads[0], wanted[0])
        error = dict(rtol=1e-2, atol=1e-1) if dtype is torch.half else \
            dict(rtol=1e-6, atol=1e-5)
        torch.testing.assert_close(grads[1], wanted[1], **error)


@needs_interpreter
def test_nothing():
    x = torch.empty(0, 4, 3, 3)
    flags = gate_shift_op._edge_flags(2, 0, x.device)
    assert gate_shift_triton.forward(x, None, flags, 1).shape == x.shape
    grads = gate_shift_triton.backward(x, x, torch.empty(0, 4, 1, 1), flags, 1)
    assert grads[0].shape == x.shape and grads[1].shape == (0, 4, 1, 1)


@needs_interpreter
@in_layouts
def test_the_comparison_itself(layout):
    gate_shift_op._compare(gate_shift_triton, CPU, torch.float, layout)


def fake(spoil=lambda value: value, at=0):
    """PyTorch in the place of the kernels; ``spoil`` changes the result (0),
    the gradient of the map (1) or that of the gate (2)."""

    def made(index, value):
        return spoil(value) if index == at and value is not None else value

    def segments(frames):  # of the comparison; elsewhere 2 clips of 4
        return (5, 1, 3) if frames == 9 else 4

    def forward(x, gate, flags, fold):
        out = torch.empty_like(x)
        gate_shift_op._move(x, gate, segments(len(x)), fold, out)
        return made(0, out)

    def backward(grad, x, gate, flags, fold):
        wide = torch.promote_types(grad.dtype, torch.float)  # to sum in
        maps = (v if v is None else v.to(wide) for v in (grad, x, gate))
        grads = gate_shift_op._backward(*maps, segments(len(grad)), fold)
        return [
            made(i, v if v is None else v.to(grad.dtype))
            for i, v in enumerate(grads, 1)
        ]

    return SimpleNamespace(forward=forward, backward=backward)


@pytest.mark.parametrize('spoil, at, reason', [
    (lambda v: v, 0, None),
    (lambda v: v.roll(1, dims=3), 0, 'another result'),
    (lambda v: v / 2, 1, 'another gradient of the map'),
    (lambda v: v / 2, 2, 'another gradient of the gate'),
    (lambda v: v.no_compiler, 0, 'no_compiler'),
    (lambda v: v.no_compiler, 1, 'no_compiler'),
])
def test_kernels_are_compared_once(spoil, at, reason, monkeypatch):
    kernels, calls = fake(spoil, at), []
    monkeypatch.setattr(gate_shift_op, '_candidate',
                        lambda device: calls.append(device) or kernels)
    fresh = functools.cache(gate_shift_op._kernels.__wrapped__)
    monkeypatch.setattr(gate_shift_op, '_kernels', fresh)
    x = torch.randn(8, 16, 3, 5).contiguous(memory_format=LAYOUTS[1])
    gate = torch.rand(8, 16, 1, 1)
    leaves = x.requires_grad_(), gate.requires_grad_()
    state = torch.get_rng_state()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter('always')
        for _ in range(2):
            out = gate_shift_op.gate_shift(x, gate, 4, 8)
            grads = torch.autograd.grad(out.square().sum(), leaves)
    assert torch.equal(torch.get_rng_state(), state)
    assert calls == [CPU]
    assert [reason in str(w.message) for w in said] == [True] * bool(reason)
    wanted = TemporalShift.shift((x * gate).contiguous(), 4, 8)
    assert torch.equal(out, wanted)
    wanted = torch.autograd.grad(wanted.square().sum(), leaves)
    torch.testing.assert_close(grads, wanted)


@pytest.mark.parametrize('dtype', [torch.half, torch.bfloat16, torch.double])
@in_layouts
def test_rounding_is_no_difference(dtype, layout):
    gate_shift_op._compare(fake(), CPU, dtype, layout)


@pytest.mark.parametrize('available, switch, runs', [(True, '1', True),
                                                     (True, '0', False),
                                                     (False, '1', False)])
def test_where_the_kernels_may_run(available, switch, runs, monkeypatch):
    monkeypatch.setattr(gate_shift_triton, 'AVAILABLE', available)
    monkeypatch.setenv('MICROACTION_TRITON', switch)
    assert bool(gate_shift_op._candidate(torch.device('cuda'))) == runs
    assert gate_shift_op._candidate(CPU) is None
