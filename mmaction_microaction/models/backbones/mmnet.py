# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMNet: the motion between onset and apex of a micro-expression, and its
place.

Shapes: N pairs of frames of S x S pixels, C channels, h x w places of a stage,
g x g places of the last one.

Source: Li et al., "MMNet: Muscle Motion-Guided Network for Micro-Expression
Recognition", IJCAI 2022. Deviation: without the 532,106 unused parameters of
the authors' scripts.
"""
from functools import partial
from math import prod
from typing import NamedTuple, Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError


class ContinuousAttentionBlock(BaseModule):
    """A residual block whose output is weighted per place (Sec. 3.2).

    The weights, from mean and maximum over the channels, are multiplied by
    those of the previous block: what one block suppresses stays suppressed.
    """

    def __init__(self, in_channels: int, out_channels: int,
                 stride: int) -> None:
        super().__init__()
        self.stride = stride
        conv = partial(ConvModule, norm_cfg=dict(type='BN'))
        self.conv1 = conv(in_channels, out_channels, 3, stride, padding=1)
        self.conv2 = conv(out_channels, out_channels, 1, act_cfg=None)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = conv(
                in_channels, out_channels, 1, stride, act_cfg=None)
        self.attention = conv(2, 1, 1, act_cfg=dict(type='Sigmoid'))

    def forward(self,
                x: Tensor,
                previous: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        """From (N, C, h, w) and the weights (N, 1, h, w) of the previous block
        to weighted features (N, C', h', w') and their weights, 0 to 1."""
        x = F.relu(self.conv2(self.conv1(x)) + self.shortcut(x))
        # From (N, 2, h', w').
        weights = self.attention(
            torch.stack([x.mean(dim=1), x.amax(dim=1)], dim=1))
        if previous is not None:
            weights = weights * F.max_pool2d(
                previous, 3, stride=self.stride, padding=1)
        return x * weights, weights


class MotionFeatures(NamedTuple):
    """Intermediate features of :class:`MMNet`."""
    difference: Tensor  # (N, 3, S, S), apex minus onset
    attention: Tuple[Tensor, ...]  # of every stage, (N, 1, h, w), 0 to 1
    motion: Tensor  # (N, C, g, g), of the main branch
    position: Tensor  # (N, C, g, g), of the onset frame


@MODELS.register_module()
class MMNet(BaseModule):
    """Continuous attention on the difference of two frames, plus positions.

    For a ``Recognizer2D``: a clip has two frames, onset and apex. Several
    pairs count as views of the clip.

    Args:
        img_size (int): S.
        stem_channels (int): Of the first convolution, which halves S.
        channels (Sequence[int]): Width of every stage; C is the last.
        strides (Sequence[int]): Of the first block of every stage.
        depths (Sequence[int]): Blocks of every stage.
    """

    def __init__(self,
                 img_size: int = 224,
                 stem_channels: int = 180,
                 channels: Sequence[int] = (128, 128, 256, 512),
                 strides: Sequence[int] = (1, 2, 2, 2),
                 depths: Sequence[int] = (1, 1, 1, 1),
                 calibration: dict = dict(type='PositionCalibration'),
                 init_cfg: dict = None) -> None:
        super().__init__(init_cfg)
        settings = dict(channels=channels, strides=strides, depths=depths)
        if len({len(values) for values in settings.values()}) != 1 or \
                not all(v and min(v) >= 1 for v in settings.values()):
            raise UserError('MMNet needs one positive number for each stage, '
                            f'but got {settings}')
        step = 2 * prod(strides)
        if img_size < step or img_size % step:
            raise UserError(
                f'img_size of MMNet must be a multiple of {step}, the product '
                f'of all strides, but got {img_size}')
        self.img_size = img_size
        conv = partial(ConvModule, padding=1, norm_cfg=dict(type='BN'))
        self.stem = conv(3, stem_channels, 3, stride=2)
        self.conv = conv(stem_channels, channels[0], 3)
        self.stages = ModuleList()
        width = channels[0]
        for out, stride, depth in zip(channels, strides, depths):
            first = ContinuousAttentionBlock(width, out, stride)
            rest = (
                ContinuousAttentionBlock(out, out, 1) for _ in range(1, depth))
            self.stages.append(ModuleList([first, *rest]))
            width = out
        self.calibration = MODELS.build(
            dict(calibration, embed_dims=width, grid_size=img_size // step))

    def explain(self, x: Tensor) -> MotionFeatures:
        """Features before the two branches are joined."""
        if len(x) % 2 or x.shape[-2:] != (self.img_size, self.img_size):
            raise UserError(
                'MMNet takes pairs of an onset and an apex frame of '
                f'{self.img_size} x {self.img_size} pixels, but got shape '
                f'{tuple(x.shape)}; set the size in the pipeline, or '
                'model.backbone.img_size')
        onset, apex = x[0::2], x[1::2]
        difference = apex - onset
        motion = self.conv(self.stem(difference))
        weights, attention = None, []
        for blocks in self.stages:
            for block in blocks:
                motion, weights = block(motion, weights)
            attention.append(weights)
        return MotionFeatures(difference, tuple(attention), motion,
                              self.calibration(onset))

    def forward(self, x: Tensor) -> Tensor:
        """Features (N, C, g, g) of frames (N * 2, 3, S, S), onset and apex
        alternating, for a head that keeps the places."""
        features = self.explain(x)
        # In one order in memory: a head flattens the places.
        return (features.motion + features.position).contiguous()
