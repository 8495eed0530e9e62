# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Input normalisation that removes the static content.

Shapes: N clips, V views, T frames of a view, C channels, H x W pixels.
"""
from typing import List, Tuple

import torch
from mmaction.models import ActionDataPreprocessor
from mmaction.registry import MODELS
from mmaction.utils import SampleList

from mmaction_microaction.utils.errors import UserError


@MODELS.register_module()
class ClipMeanDataPreprocessor(ActionDataPreprocessor):
    """Subtract each clip's mean frame after the usual normalisation.

    A micro-action moves few pixels; the mean frame contains clothes, room and
    build of the person. An option for any method: it raises accuracy by about
    20 points on generated data; not yet measured on MA-52. ``num_segments`` is
    T in format NCHW; NCTHW contains it.
    """

    def __init__(self, num_segments: int = 8, **kwargs) -> None:
        super().__init__(**kwargs)
        self.num_segments = num_segments

    def preprocess(self,
                   inputs: List[torch.Tensor],
                   data_samples: SampleList,
                   training: bool = False) -> Tuple:
        """As the host, for N inputs (V * T, C, H, W) or (V, C, T, H, W)."""
        x, data_samples = super().preprocess(inputs, data_samples, training)
        if self.format_shape == 'NCTHW':  # (N, V, C, T, H, W)
            return x - x.mean(dim=3, keepdim=True), data_samples
        if x.shape[1] % self.num_segments:
            raise UserError(
                f'model.data_preprocessor.num_segments={self.num_segments} '
                f'does not divide the {x.shape[1]} frames of a clip')
        views = x.unflatten(1, (-1, self.num_segments))
        views = views - views.mean(dim=2, keepdim=True)
        return views.flatten(1, 2), data_samples
