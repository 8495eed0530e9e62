# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Detection head: actions, with start and end, at every point of a pyramid.

Shapes: N clips, C channels, T_l steps of level l, P points of all levels, K
classes, M actions or Q detections of a clip. Times are grid steps (frames of
the window) inside, seconds outside. Source: Zhang et al., "ActionFormer", ECCV
2022, Sec. 3; deviations for simultaneous actions: a point is labelled with all
of them, and each class has its own distances.
"""
from typing import Dict, List, Optional, Tuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmcv.cnn import Scale
from mmengine.dist import all_reduce
from mmengine.model import BaseModule, bias_init_with_prob
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError
from ..layers import (ConvStack, MaskedConv1d, label_points,
                      outer_inner_contrast, pyramid_points, soft_nms_1d)
from ..losses import diou_loss_1d, sigmoid_focal_loss

#: Predictions of a clip that go into suppression.
MAX_CANDIDATES = 2000


@MODELS.register_module()
class TemporalDetectionHead(BaseModule):
    """Classes and distances at every point, shared over the levels.

    Distances are ``stride * softplus(s_l * (a + b_k))``, with ``a`` common to
    all classes and an offset ``b_k`` per class, initially zero: rare classes
    share the boundaries learnt from frequent ones, and two actions at the same
    point can differ in length. Focal and distance-IoU loss are summed and
    divided by a running mean of the number of positives. Points on padding are
    neither trained nor detected.

    Args:
        per_class (bool): Whether to use the offsets ``b_k``.
        prior (float): Initial probability of a class.
        center_radius (float): Of centre sampling, in strides.
        init_normalizer (float): Initial running mean.
        contrast_weight (float): Weight w, 0 to 1, of the frame scores, if any,
            in the score of a detection, ``p ** (1 - w) * c ** w``; c is their
            :func:`outer_inner_contrast`. Not in ActionFormer.
        nms (dict): Arguments of :func:`soft_nms_1d`.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 num_levels: int = 6,
                 per_class: bool = True,
                 prior: float = 0.01,
                 center_radius: float = 1.5,
                 init_normalizer: float = 100.,
                 contrast_weight: float = 0.5,
                 nms: dict = dict(sigma=0.5, min_score=0.001, max_num=200),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if not 0 <= contrast_weight <= 1:
            raise UserError('model.head.contrast_weight must lie between 0 '
                            f'and 1, but got {contrast_weight}')
        self.num_classes = num_classes
        self.center_radius = center_radius
        self.contrast_weight = contrast_weight
        self.nms = nms
        self.cls_tower = ConvStack(in_channels, in_channels, 2)
        self.reg_tower = ConvStack(in_channels, in_channels, 2)
        self.cls_out = MaskedConv1d(in_channels, num_classes)
        nn.init.constant_(self.cls_out.bias, bias_init_with_prob(prior))
        self.reg_out = MaskedConv1d(in_channels, 2)
        self.reg_offset = None
        if per_class:
            self.reg_offset = MaskedConv1d(in_channels, 2 * num_classes)
            nn.init.zeros_(self.reg_offset.weight)
            nn.init.zeros_(self.reg_offset.bias)
        self.scales = nn.ModuleList(Scale() for _ in range(num_levels))
        self.register_buffer('normalizer', torch.tensor(init_normalizer))

    def forward(self, feats: List[Tensor],
                masks: List[Tensor]) -> Tuple[Tensor, Tensor]:
        """Logits (N, P, K) and distances to start and end (N, P, K, 2), both
        float32, of features (N, C, T_l) and masks (N, T_l) by level."""
        if len(feats) != len(self.scales):
            raise UserError(
                f'model.head.num_levels={len(self.scales)}, but the neck '
                f'gives {len(feats)} levels (model.neck.num_levels)')
        logits, distances = [], []
        for level, (x, mask) in enumerate(zip(feats, masks)):
            y = self.cls_out(self.cls_tower(x, mask), mask)[0]
            logits.append(y.float().transpose(1, 2))
            y = self.reg_tower(x, mask)
            ends = self.reg_out(y, mask)[0][:, None]  # (N, 1, 2, T_l)
            if self.reg_offset is not None:
                offset = self.reg_offset(y, mask)[0]
                ends = ends + offset.unflatten(1, (self.num_classes, 2))
            ends = F.softplus(self.scales[level](ends.float())) * 2**level
            ends = ends.expand(-1, self.num_classes, -1, -1)
            distances.append(ends.permute(0, 3, 1, 2))
        return torch.cat(logits, dim=1), torch.cat(distances, dim=1)

    def loss(self, feats: List[Tensor], masks: List[Tensor],
             data_samples: SampleList) -> Dict[str, Tensor]:
        """``loss_cls`` (focal) and ``loss_reg`` (distance-IoU), for samples
        with ``grid_fps`` and, in ``gt_instances``, ``segments`` (M, 2),
        seconds, and ``labels`` (M,)."""
        logits, distances = self(feats, masks)
        valid = torch.cat(masks, dim=1)  # (N, P)
        found, targets = self.label(masks, data_samples)
        found &= valid[..., None]
        normalizer = self._update_normalizer(found.sum())
        loss_cls = sigmoid_focal_loss(logits[valid], found[valid].float())
        loss_reg = diou_loss_1d(distances[found], targets[found])
        return dict(
            loss_cls=loss_cls.sum() / normalizer,
            loss_reg=loss_reg.sum() / normalizer)

    def label(self, masks: List[Tensor],
              data_samples: SampleList) -> Tuple[Tensor, Tensor]:
        """Targets of every point, (N, P, K) bool and (N, P, K, 2)."""
        points, strides = pyramid_points([m.shape[1] for m in masks],
                                         masks[0].device)
        labelled = []
        for sample in data_samples:
            truth = sample.get('gt_instances')
            if truth is None:
                raise UserError(
                    f'clip {sample.get("clip_name")!r} has no gt_instances; '
                    'PackDetectionInputs makes them of gt_segments, gt_labels')
            segments = truth.segments.to(points) * sample.grid_fps
            labelled.append(
                label_points(points, strides, segments, truth.labels,
                             self.num_classes, self.center_radius))
        found, targets = zip(*labelled)
        return torch.stack(found), torch.stack(targets)

    def predict(self,
                feats: List[Tensor],
                masks: List[Tensor],
                data_samples: SampleList,
                frame_scores: Optional[Tensor] = None) -> SampleList:
        """Give samples with ``grid_fps`` and ``duration`` (seconds)
        ``pred_instances``: ``segments`` (Q, 2), seconds, within the clip,
        ``labels`` (Q,) int64, ``scores`` (Q,), descending, after soft-NMS by
        class. ``frame_scores`` (N, K, T) of the finest level rate the ends."""
        logits, distances = self(feats, masks)
        # No threshold lets NaN through: it would be no detection.
        if not (logits.isfinite().all() and distances.isfinite().all()):
            raise UserError('the detector gives NaN or infinity: the training '
                            'has diverged, or float16 is too narrow')
        points, _ = pyramid_points([m.shape[1] for m in masks], logits.device)
        points = points[:, None]  # (P, 1)
        scores = logits.sigmoid()
        segments = torch.stack(
            [points - distances[..., 0], points + distances[..., 1]], dim=-1)
        if frame_scores is not None:
            frame_scores = frame_scores.float() * masks[0][:, None]
            contrast = torch.stack(
                list(map(outer_inner_contrast, frame_scores, segments)))
            share = self.contrast_weight
            scores = scores**(1 - share) * contrast**share
        # Below every threshold on padding.
        scores = scores * torch.cat(masks, dim=1)[..., None]
        for sample, score, segment in zip(data_samples, scores, segments):
            seconds = segment / sample.grid_fps
            sample.pred_instances = self._select(
                score, seconds.clamp(0, sample.duration))
        return data_samples

    def _select(self, scores: Tensor, segments: Tensor) -> InstanceData:
        """Turn scores (P, K) and segments (P, K, 2) into detections."""
        scores, order = scores.flatten().sort(descending=True, stable=True)
        segments = segments.flatten(0, 1)[order]
        keep = (scores >= self.nms['min_score']) & \
            (segments[:, 1] > segments[:, 0])
        # On the CPU, as suppression is a loop over small steps.
        scores, segments, labels = (
            x[keep][:MAX_CANDIDATES].cpu()
            for x in (scores, segments, order % self.num_classes))
        taken, lowered = soft_nms_1d(
            segments, scores, labels=labels, **self.nms)
        return InstanceData(
            segments=segments[taken], labels=labels[taken], scores=lowered)

    @torch.no_grad()
    def _update_normalizer(self, num_positives: Tensor) -> Tensor:
        """Running mean of the positives of a batch, over all processes."""
        if self.training:
            count = num_positives.float().clamp(min=1)
            all_reduce(count, 'mean')
            self.normalizer.lerp_(count, 0.1)
        return self.normalizer.clone()
