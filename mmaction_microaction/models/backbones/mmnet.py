# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMNet: what moves between onset and apex of a micro-expression, and where.

Shapes: N pairs of frames of S x S pixels, C channels, h x w places of a stage,
g x g places of the last one.

Source: Li et al., "MMNet: Muscle Motion-Guided Network for Micro-Expression
Recognition", IJCAI 2022.
Deviation: the authors' scripts also create 532,106 parameters that never run;
they are left out.
"""
from math import prod
from typing import NamedTuple, Sequence, Tuple

from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, ModuleList
from torch import Tensor

from mmaction_microaction.utils.errors import UserError
from ..layers import ContinuousAttentionBlock


class MotionFeatures(NamedTuple):
    """What :class:`MMNet` makes of pairs of frames."""
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
        img_size (int): S. Defaults to 224.
        in_channels (int): Of a frame. Defaults to 3.
        stem_channels (int): Width of the first convolution, which halves the
            picture. Defaults to 180.
        channels (Sequence[int]): Width of every stage; C is the last.
        strides (Sequence[int]): Of the first block of every stage.
        depths (Sequence[int]): Blocks of every stage.
        calibration (dict): Config of the branch of positions, without its
            ``in_channels``, ``embed_dims`` and ``grid_size``.
        init_cfg (dict, optional): See mmengine's ``BaseModule``. None:
            convolutions start from a Kaiming normal distribution (fan-out).
    """

    def __init__(self,
                 img_size: int = 224,
                 in_channels: int = 3,
                 stem_channels: int = 180,
                 channels: Sequence[int] = (128, 128, 256, 512),
                 strides: Sequence[int] = (1, 2, 2, 2),
                 depths: Sequence[int] = (1, 1, 1, 1),
                 calibration: dict = dict(type='PositionCalibration'),
                 init_cfg: dict = None) -> None:
        super().__init__(init_cfg)
        self._check(img_size, channels, strides, depths)
        self.img_size = img_size
        norm = dict(type='BN')
        self.stem = ConvModule(
            in_channels, stem_channels, 3, stride=2, padding=1, norm_cfg=norm)
        self.conv = ConvModule(
            stem_channels, channels[0], 3, padding=1, norm_cfg=norm)
        self.stages = ModuleList()
        width = channels[0]
        for out, stride, depth in zip(channels, strides, depths):
            blocks = ModuleList()
            for i in range(depth):
                blocks.append(
                    ContinuousAttentionBlock(width, out, 1 if i else stride))
                width = out
            self.stages.append(blocks)
        self.calibration = MODELS.build(
            dict(
                calibration,
                in_channels=in_channels,
                embed_dims=width,
                grid_size=img_size // (2 * prod(strides))))

    @staticmethod
    def _check(img_size: int, channels: Sequence[int], strides: Sequence[int],
               depths: Sequence[int]) -> None:
        settings = dict(channels=channels, strides=strides, depths=depths)
        if len({len(values) for values in settings.values()}) != 1 or \
                not all(v and min(v) >= 1 for v in settings.values()):
            raise UserError('channels, strides and depths of MMNet need one '
                            f'positive number for each stage, but got '
                            f'{settings}')
        step = 2 * prod(strides)
        if img_size < step or img_size % step:
            raise UserError(f'img_size of MMNet must be a multiple of {step}'
                            ', the product of all strides, but got '
                            f'{img_size}')

    def explain(self, x: Tensor) -> MotionFeatures:
        """Everything that the network knows before the two branches join, as
        :meth:`forward` takes it."""
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
        """Features (N, C, g, g), for a head that keeps the places, of frames
        (N * 2, 3, S, S), onset and apex in turn; ValueError for others."""
        features = self.explain(x)
        # In one order in memory: a head flattens the places.
        return (features.motion + features.position).contiguous()
