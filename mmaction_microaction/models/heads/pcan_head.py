# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""PCAN's head: classes and groups of each stream, calibrated by prototypes.

Shapes: N clips, V views of all clips, T segments or time steps, C channels, K
classes in G groups (of MA-52: body parts).

Source: Li et al., "Prototypical Calibrating Ambiguous Samples for Micro-Action
Recognition", AAAI 2025, as released.
"""
from math import log
from typing import Dict, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmengine.model.weight_init import normal_init
from torch import Tensor, nn

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from ..layers import (PrototypeCalibration, check_fusion, full_precision,
                      fuse_hierarchy, sum_groups, taxonomy_of)
from ..losses import HierarchicalTreeLoss

Features = Union[Tensor, Sequence[Tensor]]
# Of a stream: mean and largest features (V, C), logits (V, K) and (V, G).
Outputs = Tuple[Tensor, Tensor, Tensor, Tensor]


@MODELS.register_module()
class PCANHead(BaseHead):
    """Classification by class and by group, and prototypical calibration.

    Linear layers for classes and groups get the mean over time and space; the
    embeddings of :class:`PrototypeCalibration` get the maximum over places of
    the mean over time. At test, cosines to the prototypes are added to the
    logits of the classes, and the probabilities of the streams are averaged.

    Two streams are the two maps of ``RGBPoseConv3D``; a single stream accepts
    the features of any backbone, as :class:`JointEmbeddingHead` does.

    Args:
        in_channels (int | Sequence[int]): C, for each stream.
        streams (Sequence[str]): Names, e.g. ``('rgb', 'pose')``.
        taxonomy (str | dict | Taxonomy): The groups of the classes.
        label_names (Sequence[str], optional): K of the taxonomy's names.
        num_segments (int, optional): T of a 2-D network; None: all frames of a
            sample.
        dims (Sequence[int]): Dimensions of the embeddings of classes and
            groups.
        rectification (dict): Factor of the cosines by stream, default 1.
        proto_loss_weight (float): Of calibration and diversity.
        tree_loss_weight (float): Of :class:`HierarchicalTreeLoss`.
        fusion (str): Fusion of classes and groups at test, see
            :func:`~mmaction_microaction.models.layers.fuse_hierarchy`; the
            default, as released, ignores the groups.
        compatible (bool): As released, for imported checkpoints: the diversity
            term has no gradient; rectification embeds the mean, training the
            maximum; rectification includes classes that are still noise.
        **kwargs: Of the host's ``BaseHead``; ``loss_cls`` is the classes'.

    Raises:
        ValueError: For names that are not one per class, channels that are not
            one per stream, or several labels per clip.
    """

    more_scores = ('fine_score', )

    def __init__(self,
                 num_classes: int,
                 in_channels: Union[int, Sequence[int]],
                 streams: Sequence[str] = ('rgb', 'pose'),
                 taxonomy: Union[str, dict, Taxonomy] = 'ma52',
                 label_names: Optional[Sequence[str]] = None,
                 num_segments: Optional[int] = 8,
                 dims: Sequence[int] = (256, 128),
                 dropout_ratio: float = 0.5,
                 init_std: float = 0.01,
                 rectification: Dict[str, float] = dict(rgb=5., pose=1.),
                 proto_loss_weight: float = 0.2,
                 tree_loss_weight: float = 1.,
                 fusion: str = 'fine',
                 compatible: bool = False,
                 average_clips: Optional[str] = 'prob',
                 **kwargs) -> None:
        super().__init__(
            num_classes, in_channels, average_clips=average_clips, **kwargs)
        if self.multi_class:
            raise UserError('PCANHead needs one label per clip; use '
                            'JointEmbeddingHead for multi_class=True')
        channels = (in_channels, ) if isinstance(in_channels, int) else \
            tuple(in_channels)
        if len(channels) != len(streams):
            raise UserError(
                f'model.cls_head.in_channels={in_channels} of PCANHead must '
                f'be one number for each of the streams {tuple(streams)}')
        check_fusion(fusion)
        self.fusion = fusion
        taxonomy = taxonomy_of(num_classes, taxonomy, label_names)
        self.label_names = taxonomy.names
        self.streams = tuple(streams)
        self.num_segments = num_segments
        self.init_std = init_std
        self.proto_loss_weight = proto_loss_weight
        self.compatible = compatible
        self.rectification = rectification
        self.dropout = nn.Dropout(dropout_ratio)
        self.tree_loss = HierarchicalTreeLoss(taxonomy, tree_loss_weight)
        groups = taxonomy.num_groups
        # Named as in the release, as far as modules correspond.
        for name, width in zip(self.streams, channels):
            for level, count, size in zip(('', '_coarse'),
                                          (num_classes, groups), dims):
                setattr(
                    self, f'fr{level}_{name}',
                    PrototypeCalibration(
                        count, width, size, compatible=compatible))
            setattr(self, f'fc_{name}_coarse', nn.Linear(width, groups))
            # Last: TSM's optimiser constructor gives the last linear layer
            # its own learning rate.
            setattr(self, f'fc_{name}', nn.Linear(width, num_classes))

    def init_weights(self) -> None:
        """Draw linear weights with a standard deviation of init_std."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                normal_init(module, std=self.init_std)

    def pool(self,
             feats: Features,
             num_segs: Optional[int] = None) -> Tuple[Tensor, Tensor]:
        """Mean over time and space, and maximum over places of the mean over
        time: (V, C) each, of one stream."""
        if not isinstance(feats, Tensor):
            pairs = [self.pool(x, num_segs) for x in reversed(feats)]
            return tuple(torch.cat(parts, dim=1) for parts in zip(*pairs))
        if feats.dim() == 2:
            return feats, feats
        if feats.dim() == 4:
            segments = self.num_segments or num_segs or 1
            if feats.shape[0] % segments:
                raise UserError(f'model.cls_head.num_segments={segments} does '
                                f'not divide the {feats.shape[0]} frames '
                                'given')
            feats = feats.unflatten(0, (-1, segments)).transpose(1, 2)
        places = feats.mean(dim=2).flatten(2)  # (V, C, H * W)
        return places.mean(dim=2), places.amax(dim=2)

    def forward_all(self,
                    feats: Features,
                    num_segs: Optional[int] = None) -> List[Outputs]:
        """Outputs of each stream; ``num_segs`` from ``Recognizer2D``."""
        by_stream = [feats] if len(self.streams) == 1 else feats
        if len(by_stream) != len(self.streams):
            raise UserError(
                f'the backbone gives {len(by_stream)} feature maps, but '
                f'model.cls_head.streams are {", ".join(self.streams)}')
        result = []
        for name, x in zip(self.streams, by_stream):
            mean, peak = self.pool(x, num_segs)
            dropped = self.dropout(mean)
            result.append((mean, peak, getattr(self, f'fc_{name}')(dropped),
                           getattr(self, f'fc_{name}_coarse')(dropped)))
        return result

    def forward(self,
                feats: Features,
                num_segs: Optional[int] = None,
                **kwargs) -> Tensor:
        """Rectified and fused logits (V, K); for several streams, the
        logarithm of the mean of their probabilities, before fusion with the
        groups."""
        return self._with_groups(
            *self._fuse(self.forward_all(feats, num_segs)))

    def _with_groups(self, logits: Tensor, group_logits: Tensor) -> Tensor:
        if self.fusion == 'fine':
            return logits
        return fuse_hierarchy(logits, group_logits, self.tree_loss.group_of,
                              self.fusion)

    def _fuse(self, outputs: List[Outputs]) -> Tuple[Tensor, Tensor]:
        """Logits (V, K) and (V, G), float32, whose softmax is the mean over
        the streams."""
        fine, coarse = [], []
        for name, output in zip(self.streams, outputs):
            mean, peak, logits, group_logits = map(full_precision, output)
            seen = mean if self.compatible else peak
            cosines = getattr(self, f'fr_{name}').similarity(seen)
            fine.append(logits + self.rectification.get(name, 1.) * cosines)
            coarse.append(group_logits)
        return tuple(x[0] if len(x) == 1 else torch.stack(x).log_softmax(
            dim=2).logsumexp(dim=0) - log(len(x)) for x in (fine, coarse))

    def loss(self,
             feats: Features,
             data_samples: SampleList,
             num_segs: Optional[int] = None,
             **kwargs) -> Dict[str, Tensor]:
        """Five terms for each stream, weighted; the loss is their sum.

        ``{stream}_loss_cls`` and ``{stream}_coarse_loss_cls`` are the
        cross-entropies of class and group, ``{stream}_fr_loss`` (with the
        diversity term) and ``{stream}_fr_coarse_loss`` the calibrations,
        ``hierarchy_{stream}_loss`` the tree's. Samples have a ``gt_label``
        (1,); UserError for soft labels.
        """
        outputs = self.forward_all(feats, num_segs)
        labels = torch.stack([sample.gt_label for sample in data_samples])
        if labels.shape[1:] != (1, ):
            raise UserError('PCANHead needs one label per clip, but got soft '
                            'labels; leave MixUp and CutMix out')
        clips = len(outputs[0][0])
        if clips != len(labels):
            raise UserError(
                f'{len(labels)} clips make {clips} predictions: '
                f'model.cls_head.num_segments={self.num_segments} is not the '
                'number of frames that the training pipeline samples')
        labels = labels.squeeze(1).to(outputs[0][0].device)
        groups = self.tree_loss.group_of[labels]
        target, eps = labels, self.label_smooth_eps
        if eps:
            target = F.one_hot(labels, self.num_classes) * (1 - eps) + \
                eps / self.num_classes
        weight, losses = self.proto_loss_weight, {}
        for name, output in zip(self.streams, outputs):
            _, peak, logits, group_logits = map(full_precision, output)
            group_right = group_logits.argmax(dim=1) == groups
            coarse, _ = getattr(self, f'fr_coarse_{name}')(peak, group_logits,
                                                           groups)
            fine, diversity = getattr(self, f'fr_{name}')(peak, logits, labels,
                                                          group_right)
            losses[f'{name}_loss_cls'] = self.loss_cls(logits, target)
            losses[f'{name}_coarse_loss_cls'] = F.cross_entropy(
                group_logits, groups)
            losses[f'{name}_fr_coarse_loss'] = weight * coarse
            losses[f'{name}_fr_loss'] = weight * (fine + diversity)
            losses[f'hierarchy_{name}_loss'] = self.tree_loss(
                logits, group_logits, labels)
        return losses

    def predict(self,
                feats: Features,
                data_samples: SampleList,
                num_segs: Optional[int] = None,
                **kwargs) -> SampleList:
        """Fill N data samples with ``pred_score`` (K,), ``pred_label`` (1,),
        ``body_score`` (G,), of the groups alone or, with fusion, of the fused
        distribution, and ``fine_score`` (K,) of the classes alone, averaged
        over views; labels are not needed."""
        logits, group_logits = self._fuse(self.forward_all(feats, num_segs))
        fused = self._with_groups(logits, group_logits)
        if self.fusion != 'fine':
            sums = sum_groups(fused.exp(), self.tree_loss.group_of,
                              group_logits.shape[1])
            group_logits = sums.clamp(min=1e-30).log()
        data_samples = self.predict_by_feat(fused, data_samples)
        views = len(logits) // len(data_samples)
        for field, x in dict(
                body_score=group_logits, fine_score=logits).items():
            for sample, score in zip(data_samples, self.average_clip(x,
                                                                     views)):
                sample.set_field(score, field)
        return data_samples
