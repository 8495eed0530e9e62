# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The Triton kernels' arithmetic, by Triton's interpreter on the CPU.

The interpreter must be switched on before Triton is imported, so these tests
run in a process of their own. Where there is CUDA, test_gate_shift_op.py runs
the compiled kernels, too.
"""
import importlib.util
import os
import subprocess
import sys

import pytest
import torch

from mmaction_microaction.models.layers import gate_shift_op

INTERPRETED = os.environ.get('TRITON_INTERPRET') == '1'
needs_triton = pytest.mark.skipif(
    importlib.util.find_spec('triton') is None, reason='no Triton')
needs_interpreter = pytest.mark.skipif(
    not INTERPRETED, reason='runs in the process that the first test starts')


@needs_triton
@pytest.mark.skipif(INTERPRETED, reason='this is the process')
def test_in_the_interpreter(tool_env):
    command = [sys.executable, '-m', 'pytest', '-q', '-x', __file__]
    done = subprocess.run(
        command,
        env=dict(tool_env, TRITON_INTERPRET='1'),
        capture_output=True,
        text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '15 passed' in done.stdout


@pytest.fixture
def kernels():
    from mmaction_microaction.models.layers import gate_shift_triton
    return gate_shift_triton


@needs_interpreter
@pytest.mark.parametrize('layout',
                         [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('channels, segments, fold, size, dtype', [
    (16, 4, 2, (3, 5), torch.half),
    (13, 2, 3, (7, 7), torch.float),
    (80, 2, 10, (2, 5), torch.float),
    (8, 1, 2, (3, 5), torch.double),
    (8, (5, 1, 2), 2, (3, 5), torch.float),
    (9, 8, 0, (30, 20), torch.float),
])
def test_as_pytorch(kernels, channels, segments, fold, size, dtype, layout):
    x = torch.randn(8, channels, *size, dtype=dtype)
    grad = torch.randn(8, channels, *size, dtype=dtype)
    x, grad = (v.contiguous(memory_format=layout) for v in (x, grad))
    gate = torch.rand(8, channels, 1, 1, dtype=dtype)
    flags = gate_shift_op._edge_flags(segments, 8, x.device)
    for weight in (gate, None):
        wanted = gate_shift_op._move(x, weight, segments, fold,
                                     torch.empty_like(x))
        out = kernels.forward(x, weight, flags, fold)
        assert torch.equal(out, wanted)
        assert out.stride() == x.stride()
    for value, weight in ((x, gate), (None, gate), (None, None)):
        wanted = gate_shift_op._backward(grad, value, weight, segments, fold)
        grads = kernels.backward(grad, value, weight, flags, fold)
        assert torch.equal(grads[0], wanted[0])
        error = dict(rtol=1e-2, atol=1e-1) if dtype is torch.half else \
            dict(rtol=1e-6, atol=1e-5)
        torch.testing.assert_close(grads[1], wanted[1], **error)


@needs_interpreter
def test_nothing(kernels):
    x = torch.empty(0, 4, 3, 3)
    flags = gate_shift_op._edge_flags(2, 0, x.device)
    assert kernels.forward(x, None, flags, 1).shape == x.shape
    grads = kernels.backward(x, x, torch.empty(0, 4, 1, 1), flags, 1)
    assert grads[0].shape == x.shape and grads[1].shape == (0, 4, 1, 1)


def test_absent_triton_is_no_error(monkeypatch):
    from mmaction_microaction.models.layers import gate_shift_triton
    monkeypatch.setattr(gate_shift_triton, 'AVAILABLE', False)
    device = torch.device('cuda')
    assert gate_shift_op._triton_kernels.__wrapped__(device, None) is None


def test_triton_is_not_imported_early():
    done = subprocess.run([
        sys.executable, '-W', 'ignore', '-c',
        'import sys, mmaction_microaction.models.layers\n'
        'assert not [m for m in sys.modules if m.endswith("shift_triton")]'
    ])
    assert done.returncode == 0
