# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Any classification head, extended by the groups of the classes.

Shapes: N clips, V views of all clips, K classes in G groups (of MA-52: body
parts).
"""
from inspect import signature
from typing import Any, Callable, Dict, Optional, Sequence, Union

import torch
import torch.nn.functional as F
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from torch import Tensor, nn

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from ..layers import check_fusion, fuse_hierarchy, sum_groups, taxonomy_of
from ..losses import CountedLoss

#: Logits of views, or those of several streams by name.
Scores = Union[Tensor, Dict[str, Tensor]]


@MODELS.register_module()
class HierarchicalHead:
    """A head whose last layer scores the K classes and their G groups.

    The object's class is a subclass of ``head``, with its pooling, arguments
    and weight names; the last layer has G more rows. Checkpoints without these
    rows can be fine-tuned (``load_from``). ``type='HierarchicalHead',
    head='TSMHead'`` adds a hierarchy to any config whose head has a linear
    layer for the classes.

    Source: the winner of the Micro-Action Analysis Challenge 2026 names the
    four fusions (fine head alone 75.25, hard cascade 77.20, product of experts
    77.30, soft 79.09 F1_mean on MA-52 val) without code; shared features with
    one loss per level are our interpretation.

    Args:
        num_classes (int): K.
        head (str): Type of the head, e.g. ``'TSMHead'``.
        taxonomy (str | dict | Taxonomy): The groups of the classes.
        label_names (Sequence[str], optional): K of the taxonomy's names.
        fusion (str): At test only, see
            :func:`~mmaction_microaction.models.layers.fuse_hierarchy`.
        body_loss_weight (float): Of the groups' loss.
        body_loss (dict): That loss, of logits (N, G) and soft labels (N, G).
        **kwargs: Of ``head``.

    Raises:
        ValueError: For an unknown head or one with other linear layers, names
            that are not one per class, or several labels per clip.
    """
    #: What :meth:`predict_by_feat` adds to the scores of classes, (K,) each.
    more_scores = ('fine_score', )

    def __new__(cls, *args: Any, head: str = '', **kwargs: Any):
        if issubclass(cls, BaseHead):  # a copy of such a head
            return super().__new__(cls)
        kind = MODELS.get(head) if head else None
        if not isinstance(kind, type) or not issubclass(kind, BaseHead):
            raise UserError("model.cls_head.head must be the type of a head, "
                            f"e.g. 'TSMHead', but got {head!r}")
        if hasattr(kind, 'more_scores'):
            raise UserError(f'{head} has a body branch of its own; set '
                            f'model.cls_head.type={head!r} and its fusion')
        name = f'Hierarchical{kind.__name__}'
        return super().__new__(type(name, (cls, kind), dict(kind=head)))

    def __reduce__(self) -> tuple:
        """For copies and files: pickle cannot find generated classes."""
        return _bare_head, (self.kind, ), self.__dict__

    def __init__(self,
                 num_classes: int,
                 *args: Any,
                 head: str = '',
                 taxonomy: Union[str, dict, Taxonomy] = 'ma52',
                 label_names: Optional[Sequence[str]] = None,
                 fusion: str = 'soft',
                 body_loss_weight: float = 1.,
                 body_loss: dict = dict(type='CrossEntropyLoss'),
                 **kwargs: Any) -> None:
        known = dict(taxonomy=taxonomy, label_names=label_names)
        taken = signature(MODELS.get(head)).parameters
        kwargs.update({k: v for k, v in known.items() if k in taken})
        super().__init__(num_classes, *args, **kwargs)
        check_fusion(fusion)
        if self.multi_class:
            raise UserError('HierarchicalHead needs one label per clip; use '
                            f'type={head!r} for multi_class=True')
        taxonomy = taxonomy_of(num_classes, taxonomy, label_names)
        self.label_names = taxonomy.names
        self.num_groups = taxonomy.num_groups
        self.fusion = fusion
        self.body_loss_weight = body_loss_weight
        self.body_loss = MODELS.build(body_loss)
        if isinstance(self.body_loss, CountedLoss):
            self.body_loss.taxonomy = taxonomy
        # A constant of the config, not a weight: kept out of the checkpoint.
        self.register_buffer(
            'group_of', torch.tensor(taxonomy.group_of), persistent=False)
        layers = {
            name: layer
            for name, layer in self.named_children()
            if getattr(layer, 'out_features', 0) == num_classes
        }
        if not layers:
            raise UserError(f'model.cls_head.head={head!r} cannot be given a '
                            'body branch: it has no linear layer of its own '
                            f'with {num_classes} outputs')
        for name, layer in layers.items():
            self.add_module(
                name,
                nn.Linear(layer.in_features, self.num_outputs, layer.bias
                          is not None))

    @property
    def num_outputs(self) -> int:
        """K + G."""
        return self.num_classes + self.num_groups

    def loss_by_feat(self, cls_scores: Scores,
                     data_samples: SampleList) -> Dict[str, Tensor]:
        """The losses of the head, ``body_loss_cls`` and ``body_top1_acc``, per
        stream if several, for logits (N, K + G) and samples with ``gt_label``
        (1,), or (K,) for soft labels."""
        losses = super().loss_by_feat(
            _each(cls_scores, lambda x: x[:, :self.num_classes]), data_samples)
        labels = torch.stack([sample.gt_label for sample in data_samples])
        if labels.shape[1] == 1:
            labels = F.one_hot(labels.squeeze(1), self.num_classes)
        labels = labels.to(self.group_of.device).float()
        target = sum_groups(labels, self.group_of, self.num_groups)

        def score(logits: Tensor, prefix: str = '') -> None:
            logits = logits[:, self.num_classes:].float()
            losses[f'{prefix}body_loss_cls'] = \
                self.body_loss_weight * self.body_loss(logits, target)
            right = logits.argmax(dim=1) == target.argmax(dim=1)
            losses[f'{prefix}body_top1_acc'] = right.float().mean()

        if isinstance(cls_scores, dict):
            for name, logits in cls_scores.items():
                score(logits, f'{name}_')
        else:
            score(cls_scores)
        return losses

    def predict_by_feat(self, cls_scores: Scores,
                        data_samples: SampleList) -> SampleList:
        """Fill N data samples with the fused ``pred_score`` (K,), its
        ``pred_label`` (1,) and group sums ``body_score`` (G,), and the unfused
        ``fine_score`` (K,), from logits (V, K + G); dicts for several
        streams."""
        samples = super().predict_by_feat(cls_scores, data_samples)
        fine = _each(
            cls_scores, lambda x: super(HierarchicalHead, self).average_clip(
                x[:, :self.num_classes],
                len(x) // len(samples)))
        for i, sample in enumerate(samples):
            sample.set_field(_each(fine, lambda x: x[i]), 'fine_score')
            sample.set_field(
                _each(sample.pred_score, self._sum_groups), 'body_score')
        return samples

    def average_clip(self, cls_scores: Tensor, num_segs: int = 1) -> Tensor:
        """As the host: the fused scores (N, K) of logits (V, K + G), fused per
        view, then averaged."""
        logits, group_logits = cls_scores.split(
            [self.num_classes, self.num_groups], dim=1)
        fused = fuse_hierarchy(logits, group_logits, self.group_of,
                               self.fusion)
        return super().average_clip(fused, num_segs)

    def _sum_groups(self, scores: Tensor) -> Tensor:
        """Probabilities (..., G) of fused scores (..., K)."""
        if self.average_clips != 'prob':  # logarithms still
            scores = scores.softmax(dim=-1)
        return sum_groups(scores, self.group_of, self.num_groups)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args:
                              Any) -> None:
        """Extend the layer of a checkpoint without groups."""
        for name, own in self.named_parameters(prefix=prefix.rstrip('.')):
            given = state_dict.get(name)
            if given is not None and len(own) == self.num_outputs and \
                    len(given) == self.num_classes:
                rest = own.detach()[self.num_classes:].to(given)
                state_dict[name] = torch.cat([given, rest])
        super()._load_from_state_dict(state_dict, prefix, *args)


def _each(scores: Scores, function: Callable[[Tensor], Any]) -> Any:
    """Apply to the only stream, or to each by name."""
    if isinstance(scores, dict):
        return {name: function(x) for name, x in scores.items()}
    return function(scores)


def _bare_head(kind: str) -> HierarchicalHead:
    """Without attributes; the caller sets them."""
    return HierarchicalHead.__new__(HierarchicalHead, head=kind)
