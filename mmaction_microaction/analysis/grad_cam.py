# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Places of a clip on which a class score depends.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via
Gradient-based Localization", ICCV 2017. The map is MMAction2's, scaled over
all frames of a clip so that frames are comparable.

Shapes: B clips, V views of a clip, T frames of H x W pixels, C channels of the
layer on a grid of t x h x w.
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
    """Name of the last layer with places, its parts separated by ``/``: the
    whole backbone, or the layer before the backbone pools them."""
    backbone = model.backbone
    if isinstance(backbone, C3D):
        return 'backbone/conv5b'
    if isinstance(backbone, TimeSformer):
        # The last block's other tokens do not reach the class token.
        last = len(backbone.transformer_layers.layers) - 1
        return f'backbone/transformer_layers/layers/{max(last - 1, 0)}'
    return 'backbone'


class ClipGradCAM(GradCAM, AbstractContextManager):
    """MMAction2's Grad-CAM for all of our methods, one clip at a time.

    It accepts backbones with several pathways (using the first, SlowFast's
    slow one) and TimeSformer's tokens, needs no gradient of the backbone's
    weights, colours places by their weight, and restores the model. A context
    manager, or call :meth:`close`. ``layer`` is a name with ``/`` between the
    parts, by default that of :func:`last_map_layer`.
    """

    def __init__(self, model: nn.Module, layer: Optional[str] = None) -> None:
        self.layer = layer or last_map_layer(model)
        super().__init__(model, self.layer, 'turbo')

    def overlay(self,
                sample: dict,
                use_label: bool = False,
                alpha: float = 0.7) -> np.ndarray:
        """Colour the places of a clip that support the prediction.

        Args:
            sample (dict): ``inputs`` are uint8 RGB (V * T, 3, H, W), or (V, 3,
                T, H, W), of which the first view is shown.
            use_label (bool): Explain ``gt_label`` instead of the prediction.
            alpha (float): Opacity at the maximum of the map, 0 to 1.

        Returns:
            np.ndarray: (T, H, W, 3) float, RGB, 0 to 1; all V * T frames of a
            2-D network.
        """
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
        """Remove the hook from the model."""
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
        """Start the gradient at the layer: nothing before it counts."""
        several = isinstance(output, (tuple, list))
        leaf = (output[0] if several else output).detach().requires_grad_()
        self.target_activations = self._to_grid(leaf.detach())
        leaf.register_hook(self._keep)
        return (leaf, *output[1:]) if several else leaf

    def _keep(self, gradient: Tensor) -> None:
        self.target_gradients = self._to_grid(gradient)

    def _to_grid(self, x: Tensor) -> Tensor:
        """Reshape features as the host expects: (B * t, C, h, w) for a 2-D
        network, (B, C, t, h, w) for a 3-D one."""
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
    """Input of :meth:`ClipGradCAM.overlay`: (V * T, H, W, 3), or (T, H, W, 3)
    of the first view, uint8."""
    frames = inputs[0].transpose(0, 1) if inputs.dim() == 5 else inputs
    return frames.permute(0, 2, 3, 1).numpy()
