# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Layers for clips of different lengths that share one padded window.

Shapes: (N, C, T), N clips, C channels, T steps; a mask (N, T), bool, is True
on the steps of a clip and False on the padding after them.
"""
from typing import Tuple

import torch.nn.functional as F
from torch import Tensor, nn


class MaskedConv1d(nn.Conv1d):
    """Convolution in time that ignores padding: it reads as zeros beyond the
    end of a clip, and stays zero. Output step t corresponds to input step t *
    stride."""

    def __init__(self, in_channels: int, out_channels: int, **kwargs) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1, **kwargs)

    def forward(self, x: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:
        """To (N, C', T') and (N, T') with T' = ceil(T / stride)."""
        x = super().forward(x * mask[:, None])
        mask = mask[:, ::self.stride[0]]
        return x * mask[:, None], mask


class ChannelNorm(nn.LayerNorm):
    """``LayerNorm`` over the channels of every step."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class ConvStack(nn.Module):
    """Convolutions of ``channels``, each with norm and ReLU."""

    def __init__(self, in_channels: int, channels: int,
                 num_convs: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            MaskedConv1d(channels if i else in_channels, channels, bias=False)
            for i in range(num_convs))
        self.norms = nn.ModuleList(
            ChannelNorm(channels) for _ in range(num_convs))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """To (N, C', T), arbitrary on padding."""
        for conv, norm in zip(self.convs, self.norms):
            x = F.relu(norm(conv(x, mask)[0]))
        return x


def masked_max_pool(x: Tensor, mask: Tensor) -> Tensor:
    """To (N, C, ceil(T / 2)): step t is the maximum over the clip's own steps
    2 t - 1 to 2 t + 1, zero on padding."""
    x = x.masked_fill(~mask[:, None], float('-inf'))
    x = F.max_pool1d(x, kernel_size=3, stride=2, padding=1)
    return x.masked_fill(~mask[:, None, ::2], 0)
