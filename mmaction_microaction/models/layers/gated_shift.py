# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MANet's block before the first convolution of a residual block.

Shapes: N clips, T segments, C channels, H x W pixels. Source: Guo et al.,
"Benchmarking Micro-action Recognition", IEEE TCSVT 2024, Sec. IV-A; squeeze
and excitation: Hu et al., CVPR 2018, Sec. 3; shift: "TSM", ICCV 2019, Sec. 3.
"""
from typing import Optional, Sequence, Union

import torch.nn.functional as F
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError
from .gate_shift_op import gate_shift, spatial_mean


def temporal_shift(x: Tensor, num_segments: Union[int, Sequence[int]],
                   shift_div: int) -> Tensor:
    """As the host's ``TemporalShift.shift``, which loses channels-last."""
    return gate_shift(x, None, num_segments, shift_div)


class SEGate(nn.Module):
    """Squeeze-and-excitation gate of one frame, C / ratio hidden channels."""

    def __init__(self, channels: int, ratio: int = 4) -> None:
        super().__init__()
        if ratio < 1 or channels % ratio:
            raise UserError(f'gate_ratio must divide the {channels} channels '
                            f'of the block, but got {ratio}')
        self.squeeze = nn.Linear(channels, channels // ratio, bias=False)
        self.excite = nn.Linear(channels // ratio, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Weights in (0, 1), (N * T, C, 1, 1), of frames (N * T, C, H, W)."""
        hidden = F.relu(self.squeeze(spatial_mean(x)))
        return self.excite(hidden).sigmoid()[..., None, None]


class GatedShift(nn.Module):
    """Gate the channels, shift some of them in time, then convolve.

    ``net``, named as in the host's TSM so that its checkpoints load, is the
    original convolution; loaders of ImageNet weights find its ``weight`` and
    ``bias``. ``num_segments`` is T, or one T for each clip, and may be set
    before every call; ``shift_div`` is at least 2; None: no shift or no gate.
    """

    def __init__(self,
                 net: nn.Conv2d,
                 num_segments: Union[int, Sequence[int]] = 8,
                 shift_div: Optional[int] = 8,
                 gate_ratio: Optional[int] = 4) -> None:
        super().__init__()
        if shift_div is not None and shift_div < 2:
            raise UserError('shift_div must be at least 2, as 1 / shift_div '
                            f'moves each way, but got {shift_div}')
        self.net = net
        self.num_segments = num_segments
        self.shift_div = shift_div
        self.gate = None
        if gate_ratio is not None:
            self.gate = SEGate(net.in_channels, gate_ratio)

    @property
    def weight(self) -> Tensor:
        return self.net.weight

    @property
    def bias(self) -> Optional[Tensor]:
        return self.net.bias

    def forward(self, x: Tensor) -> Tensor:
        gate = None if self.gate is None else self.gate(x)
        x = gate_shift(x, gate, self.num_segments, self.shift_div)
        return self.net(x)


class PlainGatedShift(GatedShift):
    """REFERENCE: the paper's block step by step, with the host's shift, for
    contiguous maps of clips of one length. Exported graphs contain these
    operations, since no runtime has the fused one."""

    def forward(self, x: Tensor) -> Tensor:
        if self.gate is not None:
            hidden = self.gate.squeeze(x.mean(dim=(2, 3))).relu()
            x = x * self.gate.excite(hidden).sigmoid()[..., None, None]
        if self.shift_div is not None:
            x = TemporalShift.shift(x, self.num_segments, self.shift_div)
        return self.net(x)


def use_plain_blocks(model: nn.Module) -> nn.Module:
    """Convert every :class:`GatedShift` of a model to the reference."""
    for module in model.modules():
        if isinstance(module, GatedShift):
            module.__class__ = PlainGatedShift
    return model
