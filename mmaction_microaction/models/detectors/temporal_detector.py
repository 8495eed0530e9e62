# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Temporal detection: from a clip, or its stored features, to actions.

Shapes: N clips, T steps of the window, C channels, H x W pixels, h x w
positions and T' steps of a feature map. A mask (N, T), bool, is False on
padding behind a clip.
"""
from typing import Dict, Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmengine.model import BaseModel
from torch import Tensor

from mmaction_microaction.utils.errors import UserError
from ..heads import TemporalDetectionHead
from ..layers import GatedShift


@MODELS.register_module()
class TemporalDetector(BaseModel):
    """Backbone that keeps time, temporal pyramid, detection head.

    The whole clip is one window, padded and masked. The input of the backbone
    depends on ``format_shape`` of the data preprocessor:

    - ``'NCHW'``: a 2-D network gets the frames of all clips, concatenated
      without padding. ``SEResNetTSM`` shifts within each clip.
    - ``'NCTHW'``: a 3-D network gets the padded windows (N, C, T, H, W). Its
      feature maps (one, or a tuple of pathways, concatenated from the last to
      the first) are interpolated back to T steps.
    - ``'NCT'``: no backbone; features of ``tools/data/extract_features.py``.

    Args:
        neck (dict, optional): None: the head gets one level.
        auxiliary_head (dict, optional): A ``FramewiseHead`` trained on the
            backbone's features, with ``aux.`` before its loss; the head uses
            its scores to rate the ends of a detection.
        grid (Sequence[int]): Rows and columns of cells. Features are averaged
            per cell and concatenated to C * rows * columns channels, so that
            hands and feet are not mixed.
        cascade (bool): Append the scores of ``auxiliary_head`` to the input of
            the neck, as K channels, without gradient.
        data_preprocessor (dict): A ``WindowDataPreprocessor``.
    """

    def __init__(self,
                 head: dict,
                 backbone: Optional[dict] = None,
                 neck: Optional[dict] = None,
                 auxiliary_head: Optional[dict] = None,
                 grid: Sequence[int] = (1, 1),
                 cascade: bool = False,
                 data_preprocessor: Optional[dict] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = backbone and MODELS.build(backbone)
        self.neck = neck and MODELS.build(neck)
        self.head = MODELS.build(head)
        self.auxiliary_head = auxiliary_head and MODELS.build(auxiliary_head)
        if auxiliary_head and not (isinstance(self.head, TemporalDetectionHead)
                                   and self.head.num_classes
                                   == self.auxiliary_head.num_classes):
            raise UserError(
                'model.auxiliary_head helps a TemporalDetectionHead with as '
                f'many classes, but model.head is a {head["type"]} with '
                f'{self.head.num_classes} classes')
        if cascade and not (auxiliary_head and neck):
            raise UserError('model.cascade needs model.auxiliary_head and '
                            'model.neck')
        self.grid, self.cascade = tuple(grid), cascade
        self.format_shape = getattr(self.data_preprocessor, 'format_shape',
                                    None)
        known = ('NCHW', 'NCTHW') if backbone else ('NCT', )
        if self.format_shape not in known:
            raise UserError(
                f'model.backbone={backbone and backbone["type"]} needs '
                'model.data_preprocessor of type WindowDataPreprocessor with '
                f'format_shape one of {known}, but got {self.format_shape!r}')
        if self.format_shape == 'NCHW':
            self._require_free_length()

    def forward(
        self,
        inputs: Tensor,
        masks: Tensor,
        data_samples: Optional[SampleList] = None,
        mode: str = 'tensor'
    ) -> Union[Dict[str, Tensor], SampleList, Tuple[Tensor, Tensor]]:
        """Result of the head's ``loss``, ``predict`` or (``'tensor'``)
        ``forward`` for inputs in ``format_shape`` and masks (N, T), bool."""
        if mode not in ('loss', 'predict', 'tensor'):
            raise UserError("mode must be 'loss', 'predict' or 'tensor', but "
                            f'got {mode!r}')
        feats = self.run_backbone(inputs, masks)
        scores = []  # of all steps, if there are any
        if self.auxiliary_head is not None and (self.cascade
                                                or mode == 'predict'):
            scores = [self.auxiliary_head([feats], [masks]).detach().sigmoid()]
        x = feats
        if self.cascade:
            x = torch.cat([feats, scores[0].to(feats) * masks[:, None]], dim=1)
        levels = self.neck(x, masks) if self.neck else ([x], [masks])
        if mode == 'tensor':
            return self.head(*levels)
        if mode == 'predict':
            return self.head.predict(*levels, data_samples, *scores)
        losses = self.head.loss(*levels, data_samples)
        if self.auxiliary_head is not None:
            more = self.auxiliary_head.loss([feats], [masks], data_samples)
            losses.update({f'aux.{k}': v for k, v in more.items()})
        return losses

    def run_backbone(self, inputs: Tensor, masks: Tensor) -> Tensor:
        """Features (N, C * rows * columns, T), averaged over the cells of
        ``grid``, zero on padding."""
        if self.backbone is None:
            feats = inputs
        elif self.format_shape == 'NCHW':
            feats = self._run_frames(inputs, masks)
        else:
            feats = self._run_windows(inputs, masks)
        return feats * masks[:, None]

    def _run_frames(self, inputs: Tensor, masks: Tensor) -> Tensor:
        lengths = masks.sum(dim=1).tolist()
        for module in self.backbone.modules():
            if isinstance(module, GatedShift):
                module.num_segments = lengths
        frames = self.backbone(inputs[masks])  # (sum of lengths, C, h, w)
        frames = F.adaptive_avg_pool2d(frames, self.grid).flatten(1)
        feats = frames.new_zeros(*masks.shape, frames.shape[1])
        feats[masks] = frames
        return feats.transpose(1, 2)

    def _run_windows(self, inputs: Tensor, masks: Tensor) -> Tensor:
        takes_mask = getattr(self.backbone, 'takes_mask', False)
        maps = self.backbone(inputs, *([masks] if takes_mask else []))
        feats = []
        for x in [maps] if isinstance(maps, Tensor) else maps[::-1]:
            if x.dim() != 5:
                raise UserError(
                    f'{type(self.backbone).__name__} gives features that do '
                    f"not keep time: {tuple(x.shape)}, not (N, C, T', h, w)")
            x = F.adaptive_avg_pool3d(x, (x.shape[2], *self.grid))
            x = x.movedim(2, -1).flatten(1, 3)
            feats.append(F.interpolate(x, masks.shape[1], mode='linear'))
        return torch.cat(feats, dim=1)

    def _require_free_length(self) -> None:
        """Reject a backbone that mixes a fixed number of frames."""
        for module in self.backbone.modules():
            if hasattr(module, 'num_segments') and module is not \
                    self.backbone and not isinstance(module, GatedShift):
                raise UserError(
                    f'{type(self.backbone).__name__} shifts over a fixed '
                    'number of frames, but clips differ in length; use '
                    'SEResNetTSM (with gate_stages=() it is a TSM)')
