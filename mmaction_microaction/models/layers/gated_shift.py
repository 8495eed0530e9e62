# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The block that MANet puts in front of a residual block's first convolution.

Shapes: N clips, T segments, C channels, H x W pixels.

Source: Guo et al., "Benchmarking Micro-action Recognition", IEEE TCSVT 2024,
Sec. IV-A; squeeze and excitation: Hu et al., CVPR 2018, Sec. 3; temporal
shift: Lin et al., "TSM", ICCV 2019, Sec. 3.
"""
from typing import Optional, Sequence, Union

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError
from .gate_shift_op import gate_shift, spatial_mean


def temporal_shift(x: Tensor, num_segments: Union[int, Sequence[int]],
                   shift_div: int) -> Tensor:
    """Exchange some channels with the neighbouring frames.

    The host's ``TemporalShift.shift`` does the same but gives the
    channels-last layout up, which this keeps, and says nothing useful about a
    wrong frame count.

    Args:
        x (Tensor): Shape (N * T, C, H, W).
        num_segments (int | Sequence[int]): T, or one T for each clip where
            they differ; x then holds sum(T) frames.
        shift_div (int): The first C // shift_div channels take the next
            frame's values, the next C // shift_div the previous frame's;
            zeros come in at the ends of a clip.

    Returns:
        Tensor: Shape (N * T, C, H, W).

    Raises:
        ValueError: If the frames do not make whole clips.
    """
    return gate_shift(x, None, num_segments, shift_div)


class SEGate(nn.Module):
    """Squeeze-and-excitation gate of one frame.

    Args:
        channels (int): C.
        ratio (int): Reduction of the hidden layer. Defaults to 4.

    Raises:
        ValueError: If C is not a multiple of ``ratio``.
    """

    def __init__(self, channels: int, ratio: int = 4) -> None:
        super().__init__()
        if ratio < 1 or channels % ratio:
            raise UserError(f'gate_ratio must divide the {channels} channels '
                            f'of the block, but got {ratio}')
        self.squeeze = nn.Linear(channels, channels // ratio, bias=False)
        self.excite = nn.Linear(channels // ratio, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels of every frame.

        Args:
            x (Tensor): Shape (N * T, C, H, W), float.

        Returns:
            Tensor: Weights in (0, 1), shape (N * T, C, 1, 1).
        """
        hidden = F.relu(self.squeeze(spatial_mean(x)))
        return self.excite(hidden).sigmoid()[..., None, None]


class GatedShift(nn.Module):
    """Gate the channels, shift some of them in time, then convolve.

    Sits where a convolution sat, so it passes that convolution's ``weight``
    and ``bias`` on: the host's loaders of ImageNet weights find them.

    Args:
        net (nn.Conv2d): The convolution behind gate and shift. Its parameters
            are named ``net.*``, as in the host's TSM, whose checkpoints thus
            load.
        num_segments (int | Sequence[int]): T, or one T for each clip; may be
            set before every call. Defaults to 8.
        shift_div (int, optional): C / shift_div channels take the next
            frame's values, as many the previous frame's. None: no shift.
            Defaults to 8.
        gate_ratio (int, optional): Reduction of the gate's hidden layer.
            None: no gate. Defaults to 4.

    Raises:
        ValueError: If ``shift_div`` is below 2 or ``gate_ratio`` does not
            divide the convolution's input channels.
    """

    def __init__(self,
                 net: nn.Conv2d,
                 num_segments: Union[int, Sequence[int]] = 8,
                 shift_div: Optional[int] = 8,
                 gate_ratio: Optional[int] = 4) -> None:
        super().__init__()
        if shift_div is not None and shift_div < 2:
            raise UserError('shift_div must be at least 2, since a share of '
                            f'1 / shift_div moves each way, but got '
                            f'{shift_div}')
        self.net = net
        self.num_segments = num_segments
        self.shift_div = shift_div
        self.gate = None
        if gate_ratio is not None:
            self.gate = SEGate(net.in_channels, gate_ratio)

    @property
    def weight(self) -> Tensor:
        """Tensor: Weight of the wrapped convolution."""
        return self.net.weight

    @property
    def bias(self) -> Optional[Tensor]:
        """Tensor: Bias of the wrapped convolution."""
        return self.net.bias

    def forward(self, x: Tensor) -> Tensor:
        """Gate, shift, convolve.

        Args:
            x (Tensor): Shape (N * T, C, H, W), float.

        Returns:
            Tensor: Shape (N * T, C', H', W') of the convolution.
        """
        gate = None if self.gate is None else self.gate(x)
        x = gate_shift(x, gate, self.num_segments, self.shift_div)
        return self.net(x)
