# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMNet's block: find what moves where the block before found something.

Shapes: N pairs of frames, C channels, h x w places before the block and
h' x w' after it.

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

    Args:
        in_channels (int): Channels before the block.
        out_channels (int): C.
        stride (int): h / h'. Defaults to 1.
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
        self.conv2 = ConvModule(
            out_channels, out_channels, 1, act_cfg=None, **norm)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = ConvModule(
                in_channels,
                out_channels,
                1,
                stride=stride,
                act_cfg=None,
                **norm)
        self.attention = ConvModule(
            2, 1, 1, act_cfg=dict(type='Sigmoid'), **norm)

    def forward(self,
                x: Tensor,
                previous: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        """Run the block.

        Args:
            x (Tensor): (N, C of the block before, h, w), float.
            previous (Tensor, optional): (N, 1, h, w), float, 0 to 1, the
                weights of the block before. Defaults to None.

        Returns:
            tuple[Tensor, Tensor]: The weighted features, (N, C, h', w'), and
            the weights, (N, 1, h', w'), 0 to 1.
        """
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
