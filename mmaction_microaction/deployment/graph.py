# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A recogniser as one graph, from raw pixels to probabilities.

Shapes: N clips, V views x frames of a clip (views of a 3-D method), T frames,
H x W pixels, K classes.
"""
import contextlib
import copy
import logging
import warnings
from typing import Iterator
from unittest import mock

import torch
from mmaction.models import ActionDataPreprocessor, BaseRecognizer
from mmaction.models.data_preprocessors import data_preprocessor as host
from torch import Tensor, nn

from mmaction_microaction.models.inference_optimization import fold_norms
from mmaction_microaction.models.layers import use_plain_blocks
from mmaction_microaction.utils.errors import UserError


class ScoringGraph(nn.Module):
    """A copy of a frame-based recogniser, from raw pixels to probabilities.

    It processes batches of any size as ``tools/test.py`` does. Batch norm is
    folded into the convolutions, and MANet's gate and shift are plain
    operations, as no runtime has the fused one.

    ``pixels`` is an example input; ValueError if the model takes other input,
    or does not return a probability for each class.
    """

    def __init__(self, model: nn.Module, pixels: Tensor) -> None:
        super().__init__()
        preprocessor = getattr(model, 'data_preprocessor', None)
        if not isinstance(model, BaseRecognizer) or \
                not isinstance(preprocessor, ActionDataPreprocessor):
            raise UserError('only recognisers of video frames can be '
                            f'exported, but got {type(model).__name__} with '
                            f'{type(preprocessor).__name__}')
        self.model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
        use_plain_blocks(self.model)
        fold_norms(self.model.backbone)
        if self.model.test_cfg is not None:
            # Saves memory where a batch is one clip; the scores are the same.
            self.model.test_cfg.pop('max_testing_views', None)
        self._views = 1
        with torch.no_grad():
            self._views = len(self._logits(pixels[:1]))
            scores = self(pixels[:1])
        classes = self.model.cls_head.num_classes
        if scores.shape != (1, classes):
            raise UserError(f'expected {classes} probabilities of a clip, but '
                            f'the model gives shape {tuple(scores.shape)}')

    def _logits(self, pixels: Tensor) -> Tensor:
        # All clips go in as the views of one, which normalisation treats
        # alike: a list has one length, a batch any.
        views = pixels.flatten(0, 1)
        x = self.model.data_preprocessor.preprocess([views], None)[0]
        x = x[0].unflatten(0, (-1, pixels.shape[1]))
        feats, kwargs = self.model.extract_feat(x, test_mode=True)
        return self.model.cls_head(feats, **kwargs)

    def forward(self, pixels: Tensor) -> Tensor:
        """From (N, V, 3, H, W), or (N, V, 3, T, H, W) for 3-D methods, RGB, 0
        to 255, uint8 or float32, to (N, K) float32 probabilities."""
        head = self.model.cls_head
        x = head.average_clip(self._logits(pixels), num_segs=self._views)
        if head.average_clips == 'score':  # logits still
            x = x.sigmoid() if head.multi_class else x.softmax(1)
        return x.float()


@contextlib.contextmanager
def capturable() -> Iterator[None]:
    """Suppress PyTorch's developer notes and the host's ``stack_batch``, whose
    search for the largest clip no graph can capture; here all have one
    shape."""
    logger = logging.getLogger('torch.onnx')
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with mock.patch.object(host, 'stack_batch',
                               lambda clips: torch.stack(list(clips))), \
                torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.setLevel(level)
