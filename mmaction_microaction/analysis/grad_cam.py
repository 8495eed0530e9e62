# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where in a clip a model saw a class.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
via Gradient-based Localization", ICCV 2017. The map itself is MMAction2's; it
is scaled over all frames of a clip, so that the frames compare.

Shapes: B clips, V views of a clip, T frames of H x W pixels, C channels of
the layer on a grid of t x h x w.
"""
from contextlib import AbstractContextManager
from math import isqrt
from typing import Any, Optional

import numpy as np
import torch
from mmaction.models import C3D, TimeSformer
from mmaction.utils import GradCAM
from mmengine.dataset import pseudo_collate
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError


def last_map_layer(model: nn.Module) -> str:
    """Name of the last layer with places, ``/`` between the parts: the whole
    backbone, or the layer before it gives them up itself."""
    backbone = model.backbone
    if isinstance(backbone, C3D):
        return 'backbone/conv5b'
    if isinstance(backbone, TimeSformer):
        # The last block's other tokens do not reach the class token.
        last = len(backbone.transformer_layers.layers) - 1
        return f'backbone/transformer_layers/layers/{max(last - 1, 0)}'
    return 'backbone'


class ClipGradCAM(GradCAM, AbstractContextManager):
    """MMAction2's Grad-CAM for all of our methods, a clip at a time.

    Takes backbones with several pathways (the first counts, SlowFast's slow
    one) and TimeSformer's tokens, needs no gradient of the backbone's weights,
    colours a place as strongly as it counts, and leaves the model as it was. A
    context manager, or call :meth:`close`. ``layer`` is a name with ``/``
    between the parts, by default that of :func:`last_map_layer`.
    """

    def __init__(self, model: nn.Module, layer: Optional[str] = None) -> None:
        self.layer = layer or last_map_layer(model)
        super().__init__(model, self.layer, 'turbo')

    def overlay(self,
                sample: dict,
                use_label: bool = False,
                alpha: float = 0.7) -> np.ndarray:
        """Colour the places of a clip that speak for the prediction, or for
        ``gt_label``: (T, H, W, 3) float, RGB, 0 to 1; all V * T frames of a
        2-D network. ``inputs`` of the sample are uint8 RGB (V * T, 3, H, W),
        or (V, 3, T, H, W) with the first view shown; ``alpha`` is the cover
        of the colour at the map's largest, 0 to 1."""
        inputs = sample['inputs']
        inputs = inputs[:1] if inputs.dim() == 5 else inputs
        data = pseudo_collate([dict(sample, inputs=inputs)])
        head, average = self.model.cls_head, self.model.cls_head.average_clips
        try:
            with torch.enable_grad():
                blended, _ = self(data, use_labels=use_label, alpha=alpha)
        finally:
            head.average_clips = average
            self.target_activations = self.target_gradients = None
        return blended[0].numpy()

    def close(self) -> None:
        """Take the hook out of the model."""
        self._handle.remove()

    def __exit__(self, *error: Any) -> None:
        self.close()

    def _register_hooks(self, layer_name: str) -> None:
        try:
            layer = self.model.get_submodule(layer_name.replace('/', '.'))
        except AttributeError as error:
            raise UserError(
                f'the model has no layer {layer_name!r} ({error})') from error
        self._handle = layer.register_forward_hook(self._cut)

    def _cut(self, module: nn.Module, args: tuple, output: Any) -> Any:
        """Begin the gradient's way at the layer: nothing before it counts."""
        several = isinstance(output, (tuple, list))
        leaf = (output[0] if several else output).detach().requires_grad_()
        self.target_activations = self._to_grid(leaf.detach())
        leaf.register_hook(self._keep)
        return (leaf, *output[1:]) if several else leaf

    def _keep(self, gradient: Tensor) -> None:
        self.target_gradients = self._to_grid(gradient)

    def _to_grid(self, x: Tensor) -> Tensor:
        """Bring features into the form that the host takes: (B * t, C, h, w)
        of a 2-D network, (B, C, t, h, w) of a 3-D one."""
        backbone = self.model.backbone
        if isinstance(backbone, TimeSformer) and x.dim() == 3:
            # (B, 1 + h * w * t, C), without the class token.
            side = isqrt((x.shape[1] - 1) // backbone.num_frames)
            x = x[:, 1:].unflatten(1, (side, side, -1)).permute(0, 4, 3, 1, 2)
        if x.dim() != (4 if self.is_recognizer2d else 5):
            raise UserError(f'layer {self.layer!r} gives features of shape '
                            f'{tuple(x.shape)}, which have no places; choose '
                            'an earlier one')
        return x.contiguous()

    def _alpha_blending(self, localization_map: Tensor, input_imgs: list,
                        alpha: float) -> Tensor:
        weight = alpha * localization_map.cpu()[..., None]
        return super()._alpha_blending(localization_map, input_imgs, weight)


def input_frames(inputs: Tensor) -> np.ndarray:
    """What :meth:`ClipGradCAM.overlay` colours: (V * T, H, W, 3), or (T, H, W,
    3) of the first view, uint8."""
    frames = inputs[0].transpose(0, 1) if inputs.dim() == 5 else inputs
    return frames.permute(0, 2, 3, 1).numpy()
