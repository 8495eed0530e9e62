# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Baseline detector without temporal pyramid.

Shapes: N clips, C channels, T steps of the window, K classes.
"""
from typing import Dict, List, Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmengine.model import BaseModule, bias_init_with_prob
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction_microaction.utils.contiguous import contiguous_segments
from mmaction_microaction.utils.errors import UserError
from ..layers import soft_nms_1d


@MODELS.register_module()
class FramewiseHead(BaseModule):
    """One linear layer for all steps, trained with binary cross-entropy.

    A detection is a run of steps whose scores reach a threshold; its score is
    their mean. Each threshold gives runs; soft-NMS lowers overlapping ones.
    For a ``TemporalDetector`` without neck, or as its ``auxiliary_head``.

    Args:
        prior (float): Initial probability of a class.
        nms (dict): Arguments of :func:`soft_nms_1d`.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 thresholds: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.9),
                 prior: float = 0.01,
                 nms: dict = dict(sigma=0.5, min_score=0.001, max_num=200),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if not all(0 < threshold < 1 for threshold in thresholds):
            raise UserError('thresholds of FramewiseHead must lie between 0 '
                            f'and 1, but got {tuple(thresholds)}')
        self.num_classes = num_classes
        self.thresholds = thresholds
        self.nms = nms
        self.fc_cls = nn.Conv1d(in_channels, num_classes, 1)
        nn.init.constant_(self.fc_cls.bias, bias_init_with_prob(prior))

    def forward(self, feats: List[Tensor], masks: List[Tensor]) -> Tensor:
        """Logits (N, K, T), float32, of the only level, (N, C, T)."""
        if len(feats) != 1:
            raise UserError('FramewiseHead takes the steps of the backbone; '
                            f'set model.neck=None (got {len(feats)} levels)')
        return self.fc_cls(feats[0]).float()

    def loss(self, feats: List[Tensor], masks: List[Tensor],
             data_samples: SampleList) -> Dict[str, Tensor]:
        """``loss_cls``: binary cross-entropy, summed over classes, averaged
        over steps; samples as for :class:`TemporalDetectionHead`."""
        logits = self(feats, masks)
        targets = torch.stack(
            [self.label(sample, logits[0]) for sample in data_samples])
        loss = F.binary_cross_entropy_with_logits(
            logits, targets, reduction='none').sum(dim=1)
        return dict(loss_cls=loss[masks[0]].mean())

    def label(self, sample, like: Tensor) -> Tensor:
        """Classes at the midpoint of every step, 0 or 1, as ``like`` (K,
        T)."""
        truth = sample.gt_instances
        steps = torch.arange(like.shape[1]).to(like) + 0.5
        segments = truth.segments.to(like) * sample.grid_fps
        inside = (steps >= segments[:, :1]) & (steps < segments[:, 1:])
        target = torch.zeros_like(like)
        for label, covered in zip(truth.labels.tolist(), inside):
            target[label, covered] = 1
        return target

    def predict(self, feats: List[Tensor], masks: List[Tensor],
                data_samples: SampleList) -> SampleList:
        """Detect, as :meth:`TemporalDetectionHead.predict`."""
        scores = self(feats, masks).detach().sigmoid()
        scores = (scores * masks[0][:, None]).cpu()
        for sample, score in zip(data_samples, scores):
            sample.pred_instances = self._cut(score, sample)
        return data_samples

    def _cut(self, score: Tensor, sample) -> InstanceData:
        """Turn the scores (K, T) of a clip into detections."""
        runs = [
            run for threshold in self.thresholds
            for run in zip(*contiguous_segments(score.numpy() >= threshold))
        ]
        scores = torch.tensor([score[k, a:b].mean() for k, a, b in runs])
        runs = torch.tensor(runs, dtype=torch.long).view(-1, 3)
        labels = runs[:, 0]
        segments = (runs[:, 1:] / sample.grid_fps).clamp(0, sample.duration)
        taken, lowered = soft_nms_1d(
            segments, scores, labels=labels, **self.nms)
        return InstanceData(
            segments=segments[taken], labels=labels[taken], scores=lowered)
