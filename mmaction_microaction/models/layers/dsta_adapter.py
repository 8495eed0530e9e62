# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An adapter with two paths; shapes and initialisation as in
:mod:`.tia_adapter`."""
from typing import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from .tia_adapter import Bottleneck, along_time


@MODELS.register_module()
class DSTAAdapter(Bottleneck):
    """Dual-path spatial-temporal adapter.

    After a bottleneck with GELU, two paths of three depthwise convolutions
    (kernels 1, 3, 1): over the patches of a frame, and over the time of a
    location. Each has its own projection and scale; both are added to x.

    Source: Li et al., "MMAD: Multi-label Micro-Action Detection in Videos",
    ICCV 2025, by a re-implementation, not confirmed from the paper.
    """

    def __init__(self, embed_dims: int, ratio: int = 4) -> None:
        super().__init__(embed_dims, ratio)
        dims = self.hidden

        def path(conv: type) -> nn.Sequential:
            return nn.Sequential(
                *(conv(dims, dims, size, padding=size // 2, groups=dims)
                  for size in (1, 3, 1)))

        self.space, self.time = path(nn.Conv2d), path(nn.Conv1d)
        self.up_space = nn.Linear(dims, embed_dims)
        self.up_time = nn.Linear(dims, embed_dims)
        self.scale_space = nn.Parameter(torch.ones(1))
        self.scale_time = nn.Parameter(torch.ones(1))
        self.init_weights()

    def forward(self, x: Tensor, lengths: Sequence[int]) -> Tensor:
        y = F.gelu(self.down(x))
        space = self.space(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        time = along_time(self.time, y, lengths)
        return x + self.scale_space * self.up_space(space) + \
            self.scale_time * self.up_time(time)
