# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMNet's second branch: where in the face is what, from the onset frame.

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

    The frame is resized to g x g (bilinear, each pixel from its four next
    ones, as torchvision resized tensors when MMNet was made), so that a token
    is a pixel. The convolution starts as PyTorch's, as in the authors' code.

    Args:
        grid_size (int): g.
        in_channels (int): Of the frame.
        embed_dims (int): C.
        depth (int): Transformer blocks.
        num_heads (int): Of their attention; divides C.
        mlp_ratio (float): Hidden width of their MLP over C.
        drop_path_rate (float): Probability, in [0, 1), that the last block is
            skipped in training; it grows from 0 at the first.
    """

    def __init__(self,
                 grid_size: int = 14,
                 in_channels: int = 3,
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
        self.projection = nn.Conv2d(in_channels, embed_dims, kernel_size=1)
        self.positions = nn.Parameter(torch.zeros(1, grid_size**2, embed_dims))
        self.blocks = ModuleList([
            self._block(embed_dims, num_heads, mlp_ratio, rate)
            for rate in np.linspace(0, drop_path_rate, depth).tolist()
        ])
        self.norm = nn.LayerNorm(embed_dims, eps=1e-6)

    @staticmethod
    def _block(embed_dims: int, num_heads: int, mlp_ratio: float,
               drop_path: float) -> BaseTransformerLayer:
        skip = dict(dropout_layer=dict(type='DropPath', drop_prob=drop_path))
        return BaseTransformerLayer(
            attn_cfgs=dict(
                type='MultiheadAttention',
                embed_dims=embed_dims,
                num_heads=num_heads,
                **skip),
            ffn_cfgs=dict(
                type='FFN',
                embed_dims=embed_dims,
                feedforward_channels=int(embed_dims * mlp_ratio),
                act_cfg=dict(type='GELU'),
                **skip),
            operation_order=('norm', 'self_attn', 'norm', 'ffn'),
            norm_cfg=dict(type='LN', eps=1e-6),
            batch_first=True)

    def init_weights(self) -> None:
        """Positions and linear weights from a truncated normal distribution,
        their biases zero."""
        trunc_normal_(self.positions, std=_STD)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                trunc_normal_init(module, std=_STD)
            elif isinstance(module, nn.MultiheadAttention):
                # Not a linear layer to PyTorch; its biases start from zero.
                trunc_normal_(module.in_proj_weight, std=_STD)

    def forward(self, x: Tensor) -> Tensor:
        """Describe the places of frames (N, 3, H, W), (N, C, g, g)."""
        grid = (self.grid_size, self.grid_size)
        x = F.interpolate(x, grid, mode='bilinear', align_corners=False)
        x = self.projection(x).flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:  # (N, g * g, C)
            x = block(x)
        return self.norm(x).transpose(1, 2).unflatten(2, grid)
