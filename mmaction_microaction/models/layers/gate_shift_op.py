# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Gate and temporal shift of a feature map as one operation.

Plain ``shift(x * gate)`` reads and writes the map for the product, then again
for the shift, and stores the product's gradient as a map. Here the products
are written to their shifted places: one read and one write, after the read for
the mean that feeds the gate. The backward pass reverses the movement: in one
pass by Triton kernels, in two by PyTorch. Shapes: B frames of all clips, C
channels, H x W pixels.
"""
import functools
import itertools
import os
import warnings
from types import ModuleType
from typing import List, Optional, Sequence, Tuple, Union

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mmaction_microaction.utils.errors import UserError

Segments = Union[int, Tuple[int, ...]]


def gate_shift(x: Tensor,
               gate: Optional[Tensor] = None,
               num_segments: Union[int, Sequence[int]] = 1,
               shift_div: Optional[int] = None) -> Tensor:
    """Weight the channels of every frame, then shift some of them in time.

    Args:
        x (Tensor): (B, C, H, W), float; the result has its shape and layout.
        gate (Tensor, optional): (B, C, 1, 1), float; None: no gate.
        num_segments (int | Sequence[int]): Frames of a clip, or of each clip
            if they differ; ValueError for incomplete clips.
        shift_div (int, optional): The first C // shift_div channels take the
            next frame's values, as many more the previous frame's; zeros
            beyond the ends of a clip. None: no shift.
    """
    fold = 0
    if shift_div is not None:
        num_segments = _check_segments(num_segments, len(x))
        fold = x.shape[1] // shift_div
    if gate is None and not fold:
        return x
    if gate is not None:
        dtype = torch.promote_types(x.dtype, gate.dtype)
        x, gate = x.to(dtype), gate.to(dtype)
    if _is_captured():
        return _move(x, gate, num_segments, fold, torch.empty_like(x))
    return _GateShift.apply(x, gate, num_segments, fold)


def spatial_mean(x: Tensor) -> Tensor:
    """Mean over the pixels, (B, C); its gradient is a view, not a map."""
    return x.mean(dim=(2, 3)) if _is_captured() else _SpatialMean.apply(x)


def _check_segments(num_segments: Union[int, Sequence[int]],
                    frames: int) -> Segments:
    """As a hashable value; UserError for incomplete clips."""
    if isinstance(num_segments, int):
        if frames % num_segments:
            raise UserError('the backbone shifts over num_segments='
                            f'{num_segments} frames, but got {frames} frames')
        return num_segments
    if sum(num_segments) != frames:
        raise UserError(f'clips of {list(num_segments)} frames do not make '
                        f'the {frames} frames given')
    return tuple(num_segments)


def _clip_edges(segments: Segments) -> Tuple[Union[slice, List[int]], ...]:
    """Indices of the clips' first and of their last frames."""
    if isinstance(segments, int):
        return slice(None, None, segments), slice(segments - 1, None, segments)
    lengths = [length for length in segments if length]
    ends = list(itertools.accumulate(lengths))
    first = [end - length for end, length in zip(ends, lengths)]
    return first, [end - 1 for end in ends]


def _candidate(device: torch.device) -> Optional[ModuleType]:
    """The Triton kernels if they may run, unless ``MICROACTION_TRITON`` is 0.
    Triton imports slowly, so this waits for a map on a GPU."""
    if device.type != 'cuda' or os.environ.get('MICROACTION_TRITON') == '0':
        return None
    from . import gate_shift_triton
    return gate_shift_triton if gate_shift_triton.AVAILABLE else None


@functools.lru_cache(maxsize=None)
def _kernels(device: torch.device, dtype: torch.dtype,
             layout: torch.memory_format) -> Optional[ModuleType]:
    """Kernels that equal PyTorch, otherwise None: Triton needs a C compiler
    and a suitable GPU, so they are compared once."""
    kernels = _candidate(device)
    try:
        if kernels is not None:
            _compare(kernels, device, dtype, layout)
    except Exception as error:  # of the compiler, the driver, the GPU, or ours
        reason = ' '.join(str(error).split())
        warnings.warn(f'gate and shift run in PyTorch on {device} in {dtype}, '
                      f'as the Triton kernels do not: {reason}')
        return None
    return kernels


def _compare(kernels: ModuleType, device: torch.device, dtype: torch.dtype,
             layout: torch.memory_format) -> None:
    """Raise AssertionError unless the kernels equal PyTorch, forward and for
    both gradients, on an odd-sized map of several blocks each way."""
    generator = torch.Generator().manual_seed(0)  # draws from no one else's
    segments, fold, shape = (5, 1, 3), 8, (9, 67, 23, 25)
    x, grad = (
        torch.randn(shape, generator=generator).to(
            device, dtype).contiguous(memory_format=layout) for _ in range(2))
    gate = torch.rand((*shape[:2], 1, 1), generator=generator)
    flags = _edge_flags(segments, len(x), device)
    error = dict(rtol=4 * torch.finfo(dtype).eps, atol=1e-4)
    names = 'result', 'gradient of the map', 'gradient of the gate'
    for scale in (gate.to(device, dtype), None):
        pixels = None if scale is None else x
        got = (kernels.forward(x, scale, flags, fold),
               *kernels.backward(grad, pixels, scale, flags, fold))
        x2, grad2, scale2, pixels2 = (
            v if v is None else v.double() for v in (x, grad, scale, pixels))
        wanted = (_move(x2, scale2, segments, fold, torch.empty_like(x2)),
                  *_backward(grad2, pixels2, scale2, segments, fold))
        for what, a, b in zip(names, got, wanted):
            if a is not None or b is not None:
                torch.testing.assert_close(
                    a.double(), b, **error, msg=f'another {what}')


def _is_captured() -> bool:
    """Whether ``torch.compile``, an export or a trace is recording: they
    follow neither our gradients nor ``out=``."""
    return torch.compiler.is_compiling() or torch.jit.is_tracing()


@functools.lru_cache(maxsize=64)
def _edge_flags(segments: Segments, frames: int,
                device: torch.device) -> Tensor:
    """(B,) int32: 1 for the first frame of a clip, + 2 for its last."""
    first, last = _clip_edges(segments)
    flags = torch.zeros(frames, dtype=torch.int32)
    flags[first] += 1
    flags[last] += 2
    return flags.to(device)


def _layout(x: Tensor) -> torch.memory_format:
    """Channels-last if ``x`` is, otherwise contiguous."""
    if not x.is_contiguous() and \
            x.is_contiguous(memory_format=torch.channels_last):
        return torch.channels_last
    return torch.contiguous_format


class _GateShift(torch.autograd.Function):
    """The operation with its gradient; arguments as checked above."""

    @staticmethod
    def forward(ctx, x: Tensor, gate: Optional[Tensor], segments: Segments,
                fold: int) -> Tensor:
        ctx.segments, ctx.fold, ctx.layout = segments, fold, _layout(x)
        # Without a gate nothing of x is needed for its gradient.
        ctx.save_for_backward(x if ctx.needs_input_grad[1] else None, gate)
        kernels = _kernels(x.device, x.dtype, ctx.layout)
        if kernels is not None:
            return kernels.forward(
                x.contiguous(memory_format=ctx.layout), gate,
                _edge_flags(segments, len(x), x.device), fold)
        return _move(x, gate, segments, fold, torch.empty_like(x))

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor):
        x, gate = ctx.saved_tensors
        grad = grad.contiguous(memory_format=ctx.layout)
        kernels = _kernels(grad.device, grad.dtype, ctx.layout)
        if kernels is not None:
            if x is not None:
                x = x.contiguous(memory_format=ctx.layout)
            flags = _edge_flags(ctx.segments, len(grad), grad.device)
            grads = kernels.backward(grad, x, gate, flags, ctx.fold)
        else:
            grads = _backward(grad, x, gate, ctx.segments, ctx.fold)
        return (*grads, None, None)


class _SpatialMean(torch.autograd.Function):
    """Mean over H and W whose gradient is not written out."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        if x.dtype == torch.bfloat16 and x.device.type == 'cpu' and \
                _layout(x) is torch.channels_last and x.numel():
            # Sums in float32 as well, and three times as fast.
            pool = torch.nn.functional.avg_pool2d
            return pool(x, x.shape[2:]).flatten(1)
        return x.mean(dim=(2, 3))

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> Tensor:
        pixels = ctx.shape[2:].numel()
        return (grad / pixels)[..., None, None].expand(ctx.shape)


def _backward(grad: Tensor, x: Optional[Tensor], gate: Optional[Tensor],
              segments: Segments,
              fold: int) -> Tuple[Tensor, Optional[Tensor]]:
    """Gradients of ``x`` and, if ``x`` is given, of ``gate``."""
    out, grad_gate = torch.empty_like(grad), None
    if x is not None:
        _move(grad, x, segments, fold, out, adjoint=True)
        grad_gate = out.sum(dim=(2, 3), keepdim=True).to(gate.dtype)
    # The second pass writes over the first: no second map.
    return _move(grad, gate, segments, fold, out, adjoint=True), grad_gate


def _move(x: Tensor,
          scale: Optional[Tensor],
          segments: Segments,
          fold: int,
          out: Tensor,
          adjoint: bool = False) -> Tensor:
    """Write shift(x * scale), or unshift(x) * scale for the gradient.

    Frames move along the whole batch; values from another clip are then
    overwritten with zeros, for clips of any length.
    """
    ahead, behind = slice(fold), slice(fold, 2 * fold)
    if adjoint:
        ahead, behind = behind, ahead

    def write(to: tuple, source: tuple) -> None:
        at = to if adjoint else source  # the frames that scale belongs to
        if scale is None:
            out[to] = x[source]
        elif _is_captured():
            out[to] = x[source] * scale[at]
        else:
            torch.mul(x[source], scale[at], out=out[to])

    still = slice(None), slice(2 * fold, None)
    write(still, still)
    if fold:
        write((slice(-1), ahead), (slice(1, None), ahead))
        write((slice(1, None), behind), (slice(-1), behind))
        first, last = _clip_edges(segments)
        out[last, ahead] = 0
        out[first, behind] = 0
    return out
