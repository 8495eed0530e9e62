# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MANet's head: classification and embedding near the label's word vector.

Shapes: N clips, V views of a clip, T segments, C channels, K classes, D
dimensions of a label vector.

Source: Guo et al., "Benchmarking Micro-action Recognition", IEEE TCSVT 34(7),
2024, Sec. IV-B and IV-C.
"""
from typing import Dict, Optional, Sequence, Tuple, Union

import numpy as np
import torch
import torch.nn.functional as F
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from mmengine.model.weight_init import normal_init
from torch import Tensor, nn

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from ..label_vectors import load_label_vectors

Features = Union[Tensor, Sequence[Tensor]]


@MODELS.register_module()
class JointEmbeddingHead(BaseHead):
    """Classification and joint embedding of video and label text.

    Accepts the features of any backbone here: frames of a 2-D network (V * T,
    C, H, W), clips of a 3-D network (V, C, T', H, W), M persons of P points of
    a graph network (V, M, C, T', P), pooled vectors (V, C), or a tuple of
    pathways, concatenated from the last to the first as in the host's
    ``SlowFastHead``. With ``multi_class=True``, ``average_clips='sigmoid'``
    and ``loss_cls=dict(type='BCELossWithLogits')`` a clip may have any number
    of labels; the target of the embedding is then their mean vector (zero
    without labels).

    Args:
        in_channels (int): C, summed over pathways.
        num_segments (int, optional): T; None: all frames of a sample.
        label_vectors (str | np.ndarray, optional): See
            :func:`~mmaction_microaction.models.load_label_vectors`.
        label_names (Sequence[str], optional): K of the taxonomy's names.
        emb_loss_weight (float): Lambda in the paper.
        save_embedding (bool): Whether to predict ``pred_embedding`` (D,).
        average_clips (str, optional): ``'sigmoid'``, or as in ``BaseHead``.
        **kwargs: Of the host's ``BaseHead``.

    Raises:
        ValueError: For names or vectors that are not one per class, or several
            labels per clip with a softmax.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 num_segments: Optional[int] = 8,
                 dropout_ratio: float = 0.5,
                 init_std: float = 0.001,
                 label_vectors: Union[str, np.ndarray, None] = 'default',
                 taxonomy: Union[str, dict, Taxonomy] = 'ma52',
                 label_names: Optional[Sequence[str]] = None,
                 emb_loss_weight: float = 50.,
                 save_embedding: bool = False,
                 average_clips: Optional[str] = 'prob',
                 **kwargs) -> None:
        super().__init__(
            num_classes, in_channels, average_clips=average_clips, **kwargs)
        if self.multi_class and average_clips == 'prob':
            raise UserError(
                "model.cls_head.average_clips='prob' lets labels of a clip "
                "compete; set it to 'sigmoid' for multi_class=True")
        taxonomy = Taxonomy.load(taxonomy)
        names = taxonomy.names if label_names is None else tuple(label_names)
        if len(names) != num_classes:
            raise UserError(
                f'num_classes={num_classes}, but there are {len(names)} class '
                f'names; set model.cls_head.num_classes={len(names)} for '
                f'{taxonomy.title}, or taxonomy or label_names, and '
                'label_vectors, of your classes')
        self.label_names = names
        vectors = torch.from_numpy(load_label_vectors(label_vectors, names))
        # A constant of the config, not a weight: kept out of the checkpoint.
        self.register_buffer('label_vectors', vectors, persistent=False)
        self.num_segments = num_segments
        self.init_std = init_std
        self.emb_loss_weight = emb_loss_weight
        self.save_embedding = save_embedding
        dims = vectors.shape[1]
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(in_channels, num_classes)
        # Last, whatever the options: TSM's optimiser constructor gives the
        # last linear layer its own learning rate.
        self.fc_emb = nn.Sequential(
            nn.Linear(in_channels, dims), nn.Tanh(), nn.Linear(dims, dims))

    def init_weights(self) -> None:
        """Draw linear weights with a standard deviation of init_std."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                normal_init(module, std=self.init_std)

    def pool(self, feats: Features) -> Tensor:
        """Average over space and time, to (V * T, C) or (V, C)."""
        if not isinstance(feats, Tensor):
            return torch.cat([self.pool(x) for x in reversed(feats)], dim=1)
        return feats.flatten(2).mean(dim=2) if feats.dim() > 2 else feats

    def forward_all(self,
                    feats: Features,
                    num_segs: Optional[int] = None) -> Tuple[Tensor, Tensor]:
        """Logits (V, K) and embeddings (V, D); ``num_segs`` is the frames of a
        sample, from ``Recognizer2D``."""
        segments = 1
        if isinstance(feats, Tensor) and feats.dim() == 4:
            segments = self.num_segments or num_segs
        elif isinstance(feats, Tensor) and feats.dim() == 5 and \
                feats.shape[1] != self.in_channels == feats.shape[2]:
            feats = feats.transpose(1, 2)  # persons count as another place
        x = self.dropout(self.pool(feats))
        if x.shape[0] % segments:
            raise UserError(f'model.cls_head.num_segments={segments} does '
                            f'not divide the {x.shape[0]} frames given')
        return tuple(
            layer(x).unflatten(0, (-1, segments)).mean(dim=1)
            for layer in (self.fc_cls, self.fc_emb))

    def forward(self,
                feats: Features,
                num_segs: Optional[int] = None,
                **kwargs) -> Tensor:
        """Logits (V, K)."""
        return self.forward_all(feats, num_segs)[0]

    def loss(self,
             feats: Features,
             data_samples: SampleList,
             num_segs: Optional[int] = None,
             **kwargs) -> Dict[str, Tensor]:
        """``loss_cls``, ``loss_emb`` (mean squared error) and accuracies, for
        samples with ``gt_label`` (1,), or (K,) for soft or several labels."""
        logits, embedding = self.forward_all(feats, num_segs)
        if len(logits) != len(data_samples):
            raise UserError(
                f'{len(data_samples)} clips make {len(logits)} predictions: '
                f'model.cls_head.num_segments={self.num_segments} is not the '
                'number of frames that the training pipeline samples')
        losses = self.loss_by_feat(logits, data_samples)
        labels = torch.stack([s.gt_label for s in data_samples])
        labels = labels.to(logits.device)
        if labels.shape[1] == 1:
            labels = F.one_hot(labels.squeeze(1), self.num_classes)
        # (N, K): rows are distributions, so that mixed labels work, too.
        labels = labels.to(self.label_vectors.dtype)
        if self.multi_class:
            labels = labels / labels.sum(dim=1, keepdim=True).clamp(min=1)
        with torch.autocast(labels.device.type, enabled=False):
            target = labels @ self.label_vectors
        losses['loss_emb'] = self.emb_loss_weight * F.mse_loss(
            embedding.float(), target)
        return losses

    def predict(self,
                feats: Features,
                data_samples: SampleList,
                num_segs: Optional[int] = None,
                **kwargs) -> SampleList:
        """Fill N data samples with ``pred_score`` (K,), ``pred_label`` (1,)
        and, if requested, ``pred_embedding`` (D,)."""
        logits, embedding = self.forward_all(feats, num_segs)
        data_samples = self.predict_by_feat(logits, data_samples)
        if self.save_embedding:
            embedding = embedding.unflatten(0, (len(data_samples), -1))
            for sample, value in zip(data_samples, embedding.mean(dim=1)):
                sample.set_field(value, 'pred_embedding')
        return data_samples
