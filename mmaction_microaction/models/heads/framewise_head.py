# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The plainest detector: classify every frame, cut where scores cross a
threshold. What a temporal pyramid has to beat.

Shapes: N clips, C channels, T steps of the window, K classes, M actions or Q
detections of a clip.
"""
import math
from typing import Dict, List, Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.runs import find_runs
from ..layers import soft_nms_1d


@MODELS.register_module()
class FramewiseHead(BaseModule):
    """One linear layer for all steps, trained with binary cross-entropy.

    A detection is a run of steps whose score is above a threshold; its score
    is the run's mean. Every threshold gives runs, and soft-NMS lowers those
    that say the same. For a ``TemporalDetector`` without neck, or as the
    ``auxiliary_head`` of one.

    Args:
        num_classes (int): K.
        in_channels (int): C.
        thresholds (Sequence[float]): Between 0 and 1.
            Defaults to ``(0.1, 0.3, 0.5, 0.7, 0.9)``.
        min_steps (int): Length of the shortest run that counts.
            Defaults to 1.
        prior (float): Probability of a class at the start. Defaults to 0.01.
        nms (dict): See :class:`TemporalDetectionHead`.
            Defaults to ``dict(sigma=0.5, min_score=0.001, max_num=200)``.
        init_cfg (dict, optional): See mmengine's ``BaseModule``.
            Defaults to None.

    Raises:
        ValueError: If a threshold is not between 0 and 1.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 thresholds: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.9),
                 min_steps: int = 1,
                 prior: float = 0.01,
                 nms: dict = dict(sigma=0.5, min_score=0.001, max_num=200),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if not all(0 < threshold < 1 for threshold in thresholds):
            raise UserError(
                'thresholds of FramewiseHead must lie between 0 and 1, '
                f'but got {tuple(thresholds)}')
        self.num_classes = num_classes
        self.thresholds = thresholds
        self.min_steps = min_steps
        self.nms = nms
        self.fc_cls = nn.Conv1d(in_channels, num_classes, 1)
        nn.init.constant_(self.fc_cls.bias, math.log(prior / (1 - prior)))

    def forward(self, feats: List[Tensor], masks: List[Tensor]) -> Tensor:
        """Classify every step.

        Args:
            feats (list[Tensor]): One level, (N, C, T).
            masks (list[Tensor]): (N, T), bool.

        Returns:
            Tensor: Logits (N, K, T), float32.

        Raises:
            ValueError: If there is more than one level.
        """
        if len(feats) != 1:
            raise UserError('FramewiseHead takes the steps of the backbone; '
                            f'set model.neck=None (got {len(feats)} levels)')
        return self.fc_cls(feats[0]).float()

    def loss(self, feats: List[Tensor], masks: List[Tensor],
             data_samples: SampleList) -> Dict[str, Tensor]:
        """Binary cross-entropy, summed over classes, averaged over steps.

        Args:
            feats (list[Tensor]): See :meth:`forward`.
            masks (list[Tensor]): See :meth:`forward`.
            data_samples (list[ActionDataSample]): As for
                :class:`TemporalDetectionHead`.

        Returns:
            dict[str, Tensor]: ``loss_cls``.
        """
        logits = self(feats, masks)
        targets = torch.stack(
            [self.label(sample, logits[0]) for sample in data_samples])
        loss = F.binary_cross_entropy_with_logits(
            logits, targets, reduction='none').sum(dim=1)
        return dict(loss_cls=loss[masks[0]].mean())

    def label(self, sample, like: Tensor) -> Tensor:
        """Which classes run at the middle of every step.

        Args:
            sample (ActionDataSample): With ``gt_instances`` (``segments``
                (M, 2), seconds; ``labels`` (M,)) and ``grid_fps``.
            like (Tensor): (K, T), gives type and device.

        Returns:
            Tensor: (K, T), 0 or 1.
        """
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
        """Detect; needs no ground truth.

        Args:
            feats (list[Tensor]): See :meth:`forward`.
            masks (list[Tensor]): See :meth:`forward`.
            data_samples (list[ActionDataSample]): N samples with ``grid_fps``
                and ``duration`` (seconds).

        Returns:
            list[ActionDataSample]: With ``pred_instances``, as from
            :class:`TemporalDetectionHead`.
        """
        scores = self(feats, masks).detach().sigmoid()
        scores = (scores * masks[0][:, None]).cpu()
        for sample, score in zip(data_samples, scores):
            sample.pred_instances = self._cut(score, sample.grid_fps,
                                              sample.duration)
        return data_samples

    def _cut(self, score: Tensor, grid_fps: float,
             duration: float) -> InstanceData:
        """Turn the scores (K, T) of a clip into detections."""
        found = [[], [], []]  # segments, scores, labels
        for threshold in self.thresholds:
            runs = find_runs(score.numpy() >= threshold)
            for label, start, end in zip(*runs):
                if end - start >= self.min_steps:
                    found[0].append((start, end))
                    found[1].append(score[label, start:end].mean())
                    found[2].append(label)
        segments = torch.tensor(found[0], dtype=torch.float32).view(-1, 2)
        segments = (segments / grid_fps).clamp(0, duration)
        scores = torch.tensor(found[1], dtype=torch.float32)
        labels = torch.tensor(found[2], dtype=torch.long)
        taken, lowered = soft_nms_1d(
            segments, scores, labels=labels, **self.nms)
        return InstanceData(
            segments=segments[taken], labels=labels[taken], scores=lowered)
