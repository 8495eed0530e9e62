# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Triton kernels of :mod:`.gate_shift_op`, which imports them if they can run.

A program processes one frame and a block of its channels. Pixels and channels
are addressed by strides, so both layouts share the kernels. Values are loaded
relative to one scalar address per neighbouring frame, under a mask: with
addresses that differ by channel the compiler would not see that channels are
contiguous.
"""
from types import SimpleNamespace
from typing import Optional, Tuple

import torch
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:  # what it takes to read this file
    triton = SimpleNamespace(jit=lambda kernel: kernel)
    tl = SimpleNamespace(constexpr=None)

#: Whether the kernels can run.
AVAILABLE = hasattr(triton, 'cdiv')


@triton.jit
def _moves(channel, edge, FOLD: tl.constexpr, ADJOINT: tl.constexpr):
    """Masks of the channels from the same, the next and the previous frame."""
    ahead = channel < FOLD
    behind = (channel >= FOLD) & (channel < 2 * FOLD)
    if ADJOINT:
        ahead, behind = behind, ahead
    # The last frame has none after it, the first one none before it.
    return (channel
            >= 2 * FOLD, ahead & ((edge & 2) == 0), behind & ((edge & 1) == 0))


@triton.jit
def _load(ptr, offset, step, still, ahead, behind, FOLD: tl.constexpr):
    """Load each value from its source; 0 without one."""
    value = tl.load(ptr + offset, mask=still, other=0.)
    if FOLD > 0:
        # At most one of the three masks is on.
        value += tl.load(ptr + step + offset, mask=ahead, other=0.)
        value += tl.load(ptr - step + offset, mask=behind, other=0.)
    return value


@triton.jit
def _forward_kernel(x, gate, flags, out, channels, pixels, stride_c, stride_p,
                    FOLD: tl.constexpr, HAS_GATE: tl.constexpr,
                    BLOCK_C: tl.constexpr, BLOCK_P: tl.constexpr):
    frame = tl.program_id(0).to(tl.int64)
    channel = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    pixel = tl.program_id(2) * BLOCK_P + tl.arange(0, BLOCK_P)
    tile = channel[:, None] * stride_c + pixel[None, :] * stride_p
    exists = channel < channels
    inside = exists[:, None] & (pixel < pixels)[None, :]
    size = channels * pixels
    still, ahead, behind = _moves(channel, tl.load(flags + frame), FOLD, False)
    value = _load(x + frame * size, tile, size, inside & still[:, None],
                  inside & ahead[:, None], inside & behind[:, None], FOLD)
    if HAS_GATE:
        weight = _load(gate + frame * channels, channel, channels,
                       exists & still, exists & ahead, exists & behind, FOLD)
        value = value * weight[:, None]
    tl.store(out + frame * size + tile, value, mask=inside)


@triton.jit
def _backward_kernel(grad, x, gate, flags, grad_x, grad_gate, channels, pixels,
                     stride_c, stride_p, FOLD: tl.constexpr,
                     HAS_GATE: tl.constexpr, HAS_X: tl.constexpr,
                     TOTAL: tl.constexpr, BLOCK_C: tl.constexpr,
                     BLOCK_P: tl.constexpr):
    frame = tl.program_id(0).to(tl.int64)
    channel = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    exists = channel < channels
    size = channels * pixels
    still, ahead, behind = _moves(channel, tl.load(flags + frame), FOLD, True)
    if HAS_GATE:
        weight = tl.load(
            gate + frame * channels + channel, mask=exists, other=0.)
    total = tl.zeros((BLOCK_C, BLOCK_P), dtype=TOTAL)
    for start in range(0, pixels, BLOCK_P):
        pixel = start + tl.arange(0, BLOCK_P)
        tile = channel[:, None] * stride_c + pixel[None, :] * stride_p
        inside = exists[:, None] & (pixel < pixels)[None, :]
        value = _load(grad + frame * size, tile, size, inside & still[:, None],
                      inside & ahead[:, None], inside & behind[:, None], FOLD)
        if HAS_X:
            factor = tl.load(x + frame * size + tile, mask=inside, other=0.)
            total += value.to(TOTAL) * factor.to(TOTAL)
        if HAS_GATE:
            value = value * weight[:, None]
        tl.store(grad_x + frame * size + tile, value, mask=inside)
    if HAS_X:
        tl.store(
            grad_gate + frame * channels + channel,
            tl.sum(total, axis=1),
            mask=exists)


def forward(x: Tensor, gate: Optional[Tensor], flags: Tensor,
            fold: int) -> Tensor:
    """shift(x * gate), one read and one write of the map (B, C, H, W).

    ``gate`` is (B, C, 1, 1) in the dtype of ``x``, ``flags`` (B,), int32: 1
    for the first frame of a clip, + 2 for its last; ``fold`` channels move
    each way.
    """
    out = torch.empty_like(x)
    if not x.numel():
        return out
    frames, channels, pixels, strides, blocks = _launch(x)
    grid = (frames, triton.cdiv(channels, blocks['BLOCK_C']),
            triton.cdiv(pixels, blocks['BLOCK_P']))
    maps = x, x if gate is None else gate.contiguous(), flags, out
    switches = dict(blocks, FOLD=fold, HAS_GATE=gate is not None)
    # Triton launches on the current GPU, wherever the maps are.
    with torch.cuda.device_of(x):
        _forward_kernel[grid](*maps, channels, pixels, *strides, **switches)
    return out


def backward(grad: Tensor, x: Optional[Tensor], gate: Optional[Tensor],
             flags: Tensor, fold: int) -> Tuple[Tensor, Optional[Tensor]]:
    """Gradients of x and of the gate (summed in float32, or float64 for such
    maps) in one pass: two reads and one write of the map. ``x``, in the layout
    of ``grad``, is None if the gate needs no gradient."""
    grad_x = torch.empty_like(grad)
    grad_gate = None if x is None else torch.empty_like(gate)
    if not grad.numel():
        return grad_x, grad_gate
    frames, channels, pixels, strides, blocks = _launch(grad)
    maps = (grad, grad if x is None else x,
            grad if gate is None else gate.contiguous(), flags, grad_x,
            grad_x if grad_gate is None else grad_gate)
    switches = dict(
        blocks,
        FOLD=fold,
        HAS_GATE=gate is not None,
        HAS_X=x is not None,
        TOTAL=tl.float64 if grad.dtype == torch.float64 else tl.float32)
    grid = (frames, triton.cdiv(channels, blocks['BLOCK_C']))
    with torch.cuda.device_of(grad):
        _backward_kernel[grid](*maps, channels, pixels, *strides, **switches)
    return grad_x, grad_gate


def _launch(x: Tensor) -> Tuple[int, int, int, Tuple[int, int], dict]:
    """B, C, P, the strides of channel and pixel, and the blocks."""
    frames, channels = x.shape[:2]
    pixels = x.shape[2] * x.shape[3]
    if x.is_contiguous():
        # Rows of pixels: a block is long along them.
        return frames, channels, pixels, (pixels, 1), dict(
            BLOCK_C=8, BLOCK_P=min(512, triton.next_power_of_2(pixels)))
    return frames, channels, pixels, (1, channels), dict(
        BLOCK_C=min(64, triton.next_power_of_2(channels)), BLOCK_P=64)
