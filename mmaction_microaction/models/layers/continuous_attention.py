# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMNet's block: find what moves where the block before found something.

Source: Li et al., "MMNet: Muscle Motion-Guided Network for Micro-Expression
Recognition", IJCAI 2022, Sec. 3.2.
"""
from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn


class ContinuousAttentionBlock(BaseModule):
    """A residual block whose output is weighted place by place.

    The weights come from the mean and the maximum over the channels. They are
    multiplied with the weights of the block before, so what one block has
    ruled out stays out.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        norm = dict(norm_cfg=dict(type='BN'))
        self.conv1 = ConvModule(
            in_channels, out_channels, 3, stride=stride, padding=1, **norm)
        norm.update(act_cfg=None)
        self.conv2 = ConvModule(out_channels, out_channels, 1, **norm)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = ConvModule(
                in_channels, out_channels, 1, stride=stride, **norm)
        norm.update(act_cfg=dict(type='Sigmoid'))
        self.attention = ConvModule(2, 1, 1, **norm)

    def forward(self,
                x: Tensor,
                previous: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        """(N, C, h, w) and the weights (N, 1, h, w) of the block before to the
        weighted features (N, C', h', w') and their weights, 0 to 1."""
        x = F.relu(self.conv2(self.conv1(x)) + self.shortcut(x))
        # (N, 2, h', w')
        summary = torch.cat(
            [x.mean(dim=1, keepdim=True),
             x.amax(dim=1, keepdim=True)], dim=1)
        weights = self.attention(summary)
        if previous is not None:
            weights = weights * F.max_pool2d(
                previous, 3, stride=self.stride, padding=1)
        return x * weights, weights
