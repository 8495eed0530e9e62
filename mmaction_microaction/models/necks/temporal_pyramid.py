# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A pyramid over time: short actions on fine levels, long ones on coarse
levels.

Shapes: N clips, C channels, T steps (of a level). A mask (N, T), bool, is
False on padding. Source: Zhang et al., "ActionFormer", ECCV 2022, Sec. 3, with
three embedding convolutions and no further block on the first level, as in
challenge entries. Deviation: one depthwise convolution for query, key and
value instead of three.
"""
from typing import List, Tuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError
from ..layers import ChannelNorm, ConvStack, MaskedConv1d, masked_max_pool


class HalvingBlock(nn.Module):
    """Transformer block that halves the steps; each attends to a centred
    ``window`` of steps."""

    def __init__(self, channels: int, num_heads: int, window: int,
                 dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.reach = window // 2
        self.norm1 = ChannelNorm(channels)
        self.conv = MaskedConv1d(
            channels, channels, stride=2, groups=channels, bias=False)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj = nn.Conv1d(channels, channels, 1)
        self.norm2 = ChannelNorm(channels)
        self.mlp = nn.Sequential(
            nn.Conv1d(channels, 4 * channels, 1), nn.GELU(),
            nn.Conv1d(4 * channels, channels, 1))
        self.dropout = nn.Dropout(dropout)

    def attend(self, x: Tensor, mask: Tensor) -> Tensor:
        """Local self-attention, arbitrary on padding."""
        heads = self.qkv(x).unflatten(1, (3, self.num_heads, -1))
        query, key, value = heads.transpose(-1, -2).unbind(dim=1)
        steps = torch.arange(x.shape[-1], device=x.device)
        apart = (steps[:, None] - steps).abs()
        allowed = (apart <= self.reach) & mask[:, None]  # (N, T, T)
        # A step of padding sees itself: without any, softmax would be NaN.
        allowed = (allowed | (apart == 0))[:, None]
        out = F.scaled_dot_product_attention(query, key, value, allowed)
        return self.proj(out.transpose(-1, -2).flatten(1, 2))

    def forward(self, x: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:
        """(N, C, T) and (N, T) to (N, C, T') and (N, T'), T' = ceil(T / 2)."""
        y, new_mask = self.conv(self.norm1(x), mask)
        x = masked_max_pool(x, mask)
        x = x + self.dropout(self.attend(y, new_mask))
        x = x + self.dropout(self.mlp(self.norm2(x)))
        return x * new_mask[:, None], new_mask


@MODELS.register_module()
class TemporalPyramid(BaseModule):
    """Embed the features of a clip and halve their rate repeatedly.

    Args:
        channels (int): C of all levels.
        num_levels (int): Level l has T / 2**l steps.
        num_embeds (int): Convolutions before the first level.
        window (int): Steps of a level that a step attends to.
    """

    def __init__(self,
                 in_channels: int,
                 channels: int = 512,
                 num_levels: int = 6,
                 num_embeds: int = 3,
                 num_heads: int = 4,
                 window: int = 19,
                 dropout: float = 0.,
                 init_cfg=None) -> None:
        super().__init__(init_cfg)
        if channels % num_heads:
            raise UserError(f'model.neck.num_heads must divide '
                            f'channels={channels}, but got {num_heads}')
        self.embed = ConvStack(in_channels, channels, num_embeds)
        self.blocks = nn.ModuleList(
            HalvingBlock(channels, num_heads, window, dropout)
            for _ in range(num_levels - 1))
        self.norms = nn.ModuleList(
            ChannelNorm(channels) for _ in range(num_levels))

    def forward(self, x: Tensor,
                mask: Tensor) -> Tuple[List[Tensor], List[Tensor]]:
        """Features (N, C, T / 2**l) and masks (N, T / 2**l) by level, lengths
        rounded up, of the backbone's (N, C', T) and (N, T), bool."""
        levels, masks = [self.embed(x, mask) * mask[:, None]], [mask]
        for block in self.blocks:
            x, mask = block(levels[-1], masks[-1])
            levels.append(x)
            masks.append(mask)
        parts = zip(self.norms, levels, masks)
        return [norm(x) * m[:, None] for norm, x, m in parts], masks
