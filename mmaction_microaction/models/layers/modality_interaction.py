# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""PCAN's exchange between the two streams of RGBPoseConv3D.

Source: the released code of Li et al., "Prototypical Calibrating Ambiguous
Samples for Micro-Action Recognition", AAAI 2025.
"""
from typing import Tuple

from mmengine.model import BaseModule, constant_init
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError


class ModalityInteraction(BaseModule):
    """Gates each stream over time by the other.

    RGB attends to pose, then pose to the updated RGB. The gates start at zero:
    features pass unchanged. As released for 8 and 32 frames; unlike the
    release, other lengths work.

    Args:
        speed_ratio (int): Pose frames for each RGB frame.
    """

    def __init__(self,
                 rgb_channels: int,
                 pose_channels: int,
                 hidden_channels: int,
                 speed_ratio: int = 4,
                 num_heads: int = 8,
                 dropout: float = 0.1) -> None:
        super().__init__()
        self.speed_ratio = speed_ratio
        step = (speed_ratio, 1, 1)
        self.rgb_in = nn.Conv3d(rgb_channels, hidden_channels, 1)
        self.pose_in = nn.Conv3d(pose_channels, hidden_channels, step, step)
        self.rgb_attention, self.pose_attention = (
            nn.MultiheadAttention(
                hidden_channels, num_heads, dropout, batch_first=True)
            for _ in range(2))
        self.rgb_gate = nn.Conv3d(hidden_channels, rgb_channels, 1)
        self.pose_gate = nn.ConvTranspose3d(hidden_channels, pose_channels,
                                            step, step)
        self.init_weights()

    def init_weights(self) -> None:
        """Start as the identity."""
        for gate in (self.rgb_gate, self.pose_gate):
            constant_init(gate, 0)

    def forward(self, rgb: Tensor, pose: Tensor) -> Tuple[Tensor, Tensor]:
        """Maps (N, C, T, H, W) and (N, C', T', H', W') to gated ones of the
        same shapes; UserError unless the speed ratio divides T'."""
        if pose.shape[2] % self.speed_ratio:
            raise UserError(
                f'interaction takes a multiple of {self.speed_ratio} pose '
                f'frames, but got {pose.shape[2]}; change clip_len of the '
                'pipeline')
        # The largest over all places of every step, (N, T, hidden).
        x = self.rgb_in(rgb).amax(dim=(3, 4)).transpose(1, 2)
        y = self.pose_in(pose).amax(dim=(3, 4)).transpose(1, 2)
        x = self.rgb_attention(x, y, y, need_weights=False)[0]
        y = self.pose_attention(y, x, x, need_weights=False)[0]
        x, y = (z.transpose(1, 2)[..., None, None] for z in (x, y))
        return (rgb + self.rgb_gate(x) * rgb, pose + self.pose_gate(y) * pose)
