# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""RGBPoseConv3D whose streams may gate each other, as in PCAN."""
from typing import List, Sequence, Tuple

import torch
from mmaction.models.backbones import RGBPoseConv3D
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..layers import ModalityInteraction


@MODELS.register_module()
class InteractingRGBPoseConv3D(RGBPoseConv3D):
    """The host's backbone, with or without :class:`ModalityInteraction`.

    The gates follow stages 2 and 3 of RGB. Gated features stay in their
    stream; the lateral connections read the ungated ones.

    Args:
        interaction (bool): Whether to use gates; False: the host's backbone.
        hidden_channels (Sequence[int]): Width of the attention of both gates.
        **kwargs: Of the host's ``RGBPoseConv3D``.
    """

    def __init__(self,
                 interaction: bool = False,
                 hidden_channels: Sequence[int] = (128, 256),
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.interactions = nn.ModuleDict()
        if interaction:
            rgb, pose = (
                path.base_channels * path.block.expansion
                for path in (self.rgb_path, self.pose_path))
            for i, hidden in enumerate(hidden_channels):
                self.interactions[str(i + 2)] = ModalityInteraction(
                    rgb * 2**(i + 1), pose * 2**i, hidden, self.speed_ratio)

    def init_weights(self) -> None:
        """As the host, then close the gates, which it also randomizes."""
        super().init_weights()
        if self.pretrained is None:
            for block in self.interactions.values():
                block.init_weights()

    def forward(self, imgs: Tensor,
                heatmap_imgs: Tensor) -> Tuple[Tensor, Tensor]:
        """Clips (N, 3, T, H, W) and heat maps (N, K, T', H', W') to maps (N,
        C, T, H, W) and (N, C', T', H', W')."""
        if not self.interactions:
            return super().forward(imgs, heatmap_imgs)
        rgb, pose = self.rgb_path, self.pose_path
        # Drawn in the host's order.
        rgb_drop = self.training and bool(torch.rand(1) < self.rgb_drop_path)
        pose_drop = self.training and bool(torch.rand(1) < self.pose_drop_path)
        x = rgb.layer1(rgb.maxpool(rgb.conv1(imgs)))
        y = pose.maxpool(pose.conv1(heatmap_imgs))
        for stage, block in self.interactions.items():
            to_rgb = f'layer{stage}'
            to_pose = f'layer{int(stage) - 1}'
            x, y = getattr(rgb, to_rgb)(x), getattr(pose, to_pose)(y)
            x_gated, y_gated = block(x, y)
            from_pose = _lateral(rgb, to_rgb, y, self.rgb_detach, rgb_drop)
            from_rgb = _lateral(pose, to_pose, x, self.pose_detach, pose_drop)
            x = torch.cat([x_gated, *from_pose], dim=1)
            y = torch.cat([y_gated, *from_rgb], dim=1)
        return rgb.layer4(x), pose.layer3(y)


def _lateral(path: nn.Module, layer: str, other: Tensor, detach: bool,
             drop: bool) -> List[Tensor]:
    """Lateral input of a pathway behind a layer, if any."""
    lateral = getattr(path, f'{layer}_lateral', None)
    if lateral is None:
        return []
    found = lateral(other.detach() if detach else other)
    return [torch.zeros_like(found) if drop else found]
