# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMNet's second branch: positions in the face, from the onset frame.

Shapes: N frames of H x W pixels, g x g places, C channels.

Source: Li et al., "MMNet: Muscle Motion-Guided Network for Micro-Expression
Recognition", IJCAI 2022, Sec. 3.3.
"""
import numpy as np
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn.bricks.transformer import BaseTransformerLayer
from mmengine.model import BaseModule, ModuleList
from mmengine.model.weight_init import trunc_normal_, trunc_normal_init
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError

_STD = 0.02  # of the initial positions and linear weights


@MODELS.register_module()
class PositionCalibration(BaseModule):
    """A small vision transformer over the pixels of a tiny picture.

    The frame is resized to g x g (bilinear without antialiasing, as
    torchvision resized tensors when MMNet was made), so that a token is a
    pixel. The convolution is initialised by PyTorch, as in the authors' code.

    Args:
        grid_size (int): g.
        embed_dims (int): C.
        mlp_ratio (float): Hidden width of the MLPs over C.
        drop_path_rate (float): Probability that the last block is skipped in
            training; it increases linearly from 0 at the first.
    """

    def __init__(self,
                 grid_size: int = 14,
                 embed_dims: int = 512,
                 depth: int = 3,
                 num_heads: int = 4,
                 mlp_ratio: float = 2,
                 drop_path_rate: float = 0.3) -> None:
        super().__init__()
        if depth < 1 or num_heads < 1 or embed_dims % num_heads or \
                not 0 <= drop_path_rate < 1:
            raise UserError(
                'PositionCalibration needs depth >= 1, num_heads that divide '
                f'its {embed_dims} channels and drop_path_rate in [0, 1), but '
                f'got {depth}, {num_heads} and {drop_path_rate}')
        self.grid_size = grid_size
        self.projection = nn.Conv2d(3, embed_dims, kernel_size=1)
        self.positions = nn.Parameter(torch.zeros(1, grid_size**2, embed_dims))
        attention = dict(type='MultiheadAttention', num_heads=num_heads)
        mlp = dict(
            type='FFN',
            feedforward_channels=int(embed_dims * mlp_ratio),
            act_cfg=dict(type='GELU'))
        self.blocks = ModuleList()
        for rate in np.linspace(0, drop_path_rate, depth).tolist():
            shared = dict(
                embed_dims=embed_dims,
                dropout_layer=dict(type='DropPath', drop_prob=rate))
            self.blocks.append(
                BaseTransformerLayer(
                    attn_cfgs=dict(attention, **shared),
                    ffn_cfgs=dict(mlp, **shared),
                    operation_order=('norm', 'self_attn', 'norm', 'ffn'),
                    norm_cfg=dict(type='LN', eps=1e-6),
                    batch_first=True))
        self.norm = nn.LayerNorm(embed_dims, eps=1e-6)

    def init_weights(self) -> None:
        """Positions and linear weights from a cut normal distribution."""
        trunc_normal_(self.positions, std=_STD)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                trunc_normal_init(module, std=_STD)
            elif isinstance(module, nn.MultiheadAttention):
                # No linear layer to PyTorch; its biases are zero already.
                trunc_normal_(module.in_proj_weight, std=_STD)

    def forward(self, x: Tensor) -> Tensor:
        """Frames (N, 3, H, W) to their places (N, C, g, g)."""
        grid = (self.grid_size, self.grid_size)
        x = F.interpolate(x, grid, mode='bilinear', align_corners=False)
        x = self.projection(x).flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:  # (N, g * g, C)
            x = block(x)
        return self.norm(x).transpose(1, 2).unflatten(2, grid)
