# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Small trainable layers after the blocks of a frozen video transformer.

They start as the identity: their last projections are zero. Shapes: (S, h, w,
C), S time steps of all clips, concatenated, h x w patches, C channels, D = C /
ratio. ``lengths`` has the steps of every clip, sum(lengths) = S.
"""
from typing import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from mmengine.model.weight_init import constant_init, trunc_normal_init
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError


def along_time(layers: nn.Module, x: Tensor, lengths: Sequence[int]) -> Tensor:
    """Apply 1-D layers, (h * w, D, T) to the same, along the time of each clip
    of (S, h, w, D)."""
    clips = [
        layers(clip.permute(1, 2, 0)).permute(2, 0, 1)  # (T, h * w, D)
        for clip in x.flatten(1, 2).split(list(lengths))
    ]
    return torch.cat(clips).reshape(x.shape)


class Bottleneck(BaseModule):
    """Common base of the adapters: ``down`` to C / ratio channels."""

    def __init__(self, embed_dims: int, ratio: int = 4) -> None:
        super().__init__()
        if ratio < 1 or embed_dims % ratio:
            raise UserError(f'ratio of {type(self).__name__} must divide the '
                            f'{embed_dims} channels, but got {ratio}')
        self.hidden = embed_dims // ratio
        self.down = nn.Linear(embed_dims, self.hidden)

    def init_weights(self) -> None:
        """Narrow normal weights down, zeros up."""
        trunc_normal_init(self.down, std=0.02)
        for name, module in self.named_children():
            if name.startswith('up'):
                constant_init(module, 0)


@MODELS.register_module()
class TIAAdapter(Bottleneck):
    """Temporal-informative adapter.

    ``x + scale * up(y + mix(y))`` with ``y = gelu(down(x))``, where ``mix`` is
    a depthwise convolution over the time of the whole clip and a 1x1.

    Source: Liu et al., "End-to-End Temporal Action Detection with 1B
    Parameters Across 1000 Frames" (AdaTAD), CVPR 2024.
    """

    def __init__(self, embed_dims: int, ratio: int = 4) -> None:
        super().__init__(embed_dims, ratio)
        dims = self.hidden
        self.mix = nn.Sequential(
            nn.Conv1d(dims, dims, 3, padding=1, groups=dims),
            nn.Conv1d(dims, dims, 1))
        self.up = nn.Linear(dims, embed_dims)
        self.scale = nn.Parameter(torch.ones(1))
        self.init_weights()

    def forward(self, x: Tensor, lengths: Sequence[int]) -> Tensor:
        y = F.gelu(self.down(x))
        y = y + along_time(self.mix, y, lengths)
        return x + self.scale * self.up(y)
