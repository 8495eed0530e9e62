# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A frozen VideoMAE transformer with trainable adapters, for long windows.

Shapes: N clips, T frames of a window, F frames of a chunk, C channels, h x w
patches, M chunks. Source: AdaTAD (Liu et al., CVPR 2024), DSTA (Li et al.,
ICCV 2025), see their layers; VideoMAE (Tong et al., NeurIPS 2022).
"""
from functools import partial
from typing import List, Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.models.backbones.vit_mae import VisionTransformer
from mmaction.registry import MODELS
from mmengine.model import ModuleList
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mmaction_microaction.utils.errors import UserError


@MODELS.register_module()
class AdaptedVisionTransformer(VisionTransformer):
    """The host's VideoMAE ``VisionTransformer`` with an adapter per block.

    The window is cut into chunks of ``num_frames`` frames. Attention is
    limited to a chunk, as in pre-training; the adapters span the whole clip.
    Chunks that are padding only are skipped. Only the adapters are trained.
    The transformer's weights keep the host's names.

    Args:
        adapter (dict): Without its ``embed_dims``.
        pretrained (str, optional): Checkpoint of a recogniser of MMAction2
            with this backbone: an address or a file; None: from scratch.
        with_cp (bool): Recompute blocks in the backward pass to save memory.
        num_frames (int): F of the pre-training.
        tubelet_size (int): Frames of one time step of the output.
        **kwargs: Of the host's ``VisionTransformer``. ``img_size`` is that of
            the pre-training; positions are interpolated for other frame sizes.
    """

    #: The detector hands the mask over.
    takes_mask = True

    def __init__(self,
                 adapter: dict = dict(type='TIAAdapter'),
                 pretrained: Optional[str] = None,
                 with_cp: bool = False,
                 num_frames: int = 16,
                 tubelet_size: int = 2,
                 embed_dims: int = 768,
                 **kwargs) -> None:
        super().__init__(
            embed_dims=embed_dims,
            num_frames=num_frames,
            tubelet_size=tubelet_size,
            return_feat_map=True,
            **kwargs)
        if pretrained is not None:
            # The host's own `pretrained` has no effect: mmengine's BaseModule
            # overwrites what it sets.
            weights = dict(checkpoint=pretrained, prefix='backbone.')
            self.init_cfg = [*self.init_cfg, dict(weights, type='Pretrained')]
        self.num_frames = num_frames
        self.tubelet_size = tubelet_size
        self.with_cp = with_cp
        self.requires_grad_(False)
        self.adapters = ModuleList(
            MODELS.build(dict(adapter, embed_dims=embed_dims))
            for _ in self.blocks)

    def positions(self, height: int, width: int) -> Tensor:
        """Position embedding of a chunk, (1, F / tubelet_size * h * w, C)."""
        if (height, width) == self.grid_size:
            return self.pos_embed
        table = self.pos_embed[0].unflatten(0, (-1, *self.grid_size))
        table = F.interpolate(
            table.permute(0, 3, 1, 2), (height, width), mode='bicubic')
        return table.permute(0, 2, 3, 1).flatten(0, 2)[None]

    def run_block(self, index: int, x: Tensor, shape: Sequence[int],
                  lengths: List[int]) -> Tensor:
        """Apply a block and its adapter to x (M, tokens of a chunk, C); the
        adapter gets (S, h, w, C): S time steps, ``lengths`` by clip."""
        x = self.blocks[index](x)
        return self.adapters[index](x.reshape(shape), lengths).view_as(x)

    def forward(self, x: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        """Features (N, C, T / tubelet_size, h, w), zero on skipped chunks, of
        windows (N, 3, T, H, W) with a mask (N, T), bool, False on padding."""
        if x.shape[2] % self.num_frames:
            raise UserError(
                f'expected a window of whole chunks of {self.num_frames} '
                f'frames, but got {x.shape[2]} frames; set '
                'model.data_preprocessor.max_frames to a multiple')
        chunks = x.unflatten(2, (-1, self.num_frames)).transpose(1, 2)
        used = torch.ones_like(chunks[:, :, 0, 0, 0, 0], dtype=torch.bool)
        if mask is not None:
            used = mask.unflatten(1, (-1, self.num_frames)).any(dim=2)
        steps = self.num_frames // self.tubelet_size
        h, w = (size // self.patch_size for size in x.shape[-2:])
        tokens = self.patch_embed(chunks[used])[0]
        tokens = self.pos_drop(tokens + self.positions(h, w))
        shape = (tokens.shape[0] * steps, h, w, self.embed_dims)
        lengths = (used.sum(dim=1) * steps).tolist()
        run = self.run_block
        if self.with_cp and torch.is_grad_enabled():
            run = partial(checkpoint, run, use_reentrant=False)
        for index in range(len(self.blocks)):
            tokens = run(index, tokens, shape, lengths)
        tokens = self.norm(tokens).unflatten(1, (steps, h, w))
        out = tokens.new_zeros(*used.shape, *tokens.shape[1:])
        out[used] = tokens
        return out.flatten(1, 2).permute(0, 4, 1, 2, 3)
