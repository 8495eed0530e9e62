# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MANet's backbone: a ResNet whose blocks gate channels and shift in time.

Shapes: N clips, T segments, C channels, H x W pixels.

Source: Guo et al., "Benchmarking Micro-action Recognition", IEEE TCSVT 34(7),
2024, Sec. IV-A and Fig. 4. Deviation: without three unused convolutions per
block of the released model (10.95 M parameters).
"""
from typing import Optional, Sequence

from mmaction.models.backbones.resnet import ResNet, make_res_layer
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule

from mmaction_microaction.utils.errors import UserError
from ..layers import GatedShift


@MODELS.register_module()
class SEResNetTSM(ResNet):
    """ResNet with an SE gate and a temporal shift inside every block.

    Both precede the first convolution of a block; the identity branch gets the
    unchanged input (TSM's ``blockres``).

    Args:
        pretrained (str, optional): ImageNet weights in torchvision's naming:
            ``'torchvision://resnet50'``, an address or a local file. None:
            from scratch, as the gates always are.
        num_segments (int): T.
        shift_div (int): 1 / shift_div of the channels move each way.
        shift_stages (Sequence[int], optional): Stages (0 to 3) with shift;
            None: all.
        gate_stages (Sequence[int], optional): Stages with gates.
        base_channels (int): Width of the stem and the first stage.
        **kwargs: Of the host's ``ResNet``.
    """

    def __init__(self,
                 depth: int,
                 pretrained: Optional[str] = None,
                 num_segments: int = 8,
                 shift_div: int = 8,
                 gate_ratio: int = 4,
                 shift_stages: Optional[Sequence[int]] = None,
                 gate_stages: Optional[Sequence[int]] = None,
                 base_channels: int = 64,
                 **kwargs) -> None:
        super().__init__(depth, pretrained=pretrained, **kwargs)
        self.num_segments = num_segments
        if base_channels != 64:
            if pretrained is not None:
                raise UserError(f'pretrained={pretrained!r} needs '
                                f'base_channels=64, but got {base_channels}')
            self._set_width(base_channels)
        shift_stages = self._stages('shift_stages', shift_stages)
        gate_stages = self._stages('gate_stages', gate_stages)
        for stage in shift_stages | gate_stages:
            for block in getattr(self, self.res_layers[stage]):
                block.conv1.conv = GatedShift(
                    block.conv1.conv,
                    num_segments=num_segments,
                    shift_div=shift_div if stage in shift_stages else None,
                    gate_ratio=gate_ratio if stage in gate_stages else None)
        # DDP asks now which parameters have gradients; the host freezes in
        # train(), later.
        self._freeze_stages()

    def _stages(self, name: str, stages: Optional[Sequence[int]]) -> set:
        """Check a choice of stages; None means all."""
        every = set(range(self.num_stages))
        if stages is not None and not set(stages) <= every:
            raise UserError(
                f'{name} must be within {sorted(every)}, but got {stages}')
        return every if stages is None else set(stages)

    def _set_width(self, base_channels: int) -> None:
        """Rebuild stem and stages; the host fixes their width at 64."""
        cfg = dict(
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg)
        self.conv1 = ConvModule(
            self.in_channels, base_channels, 7, 2, 3, bias=False, **cfg)
        self.inplanes, planes = base_channels, base_channels
        cfg.update(style=self.style, with_cp=self.with_cp)
        for name, *shape in zip(self.res_layers, self.stage_blocks,
                                self.strides, self.dilations):
            stage = make_res_layer(self.block, self.inplanes, planes, *shape,
                                   **cfg)
            setattr(self, name, stage)
            self.inplanes = planes * self.block.expansion
            planes *= 2
        self.feat_dim = self.inplanes

    def _load_torchvision_checkpoint(self, logger=None) -> None:
        """Load ImageNet weights; the error names a file that does not fit."""
        try:
            super()._load_torchvision_checkpoint(logger)
        except KeyError as e:
            raise UserError(
                f'pretrained={self.pretrained!r} holds no ResNet-{self.depth} '
                f'in torchvision naming: {e.args[0]!r} is missing') from e
