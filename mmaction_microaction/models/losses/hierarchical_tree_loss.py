# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Likelihood of a class in the tree of groups and classes.

Shapes: N clips, K classes in G groups (of MA-52: body parts).
"""
from typing import Union

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from mmaction_microaction.taxonomy import Taxonomy
from ..layers import full_precision


@MODELS.register_module()
class HierarchicalTreeLoss(nn.Module):
    """Negative log-likelihood of the true leaf among all nodes of the tree.

    The energy of a class is the sum of its sigmoid and that of its group, the
    energy of a group its own sigmoid, and the likelihood a softmax over all K
    + G. Sigmoids bound the energies, so the loss has a lower bound (for MA-52:
    2.28 to 2.47, by group); at zero logits it is 4.030. Source: Li et al.,
    "Prototypical Calibrating Ambiguous Samples for Micro-Action Recognition",
    AAAI 2025, as released; after Chen et al., "Label Relation Graphs Enhanced
    Hierarchical Residual Network", CVPR 2022.

    Args:
        taxonomy (str | dict | Taxonomy): Which class is in which group.
    """

    def __init__(self,
                 taxonomy: Union[str, dict, Taxonomy] = 'ma52',
                 loss_weight: float = 1.) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.register_buffer(
            'group_of',
            torch.tensor(Taxonomy.load(taxonomy).group_of),
            persistent=False)

    def forward(self, logits: Tensor, group_logits: Tensor,
                labels: Tensor) -> Tensor:
        """Mean over N of logits (N, K) and (N, G), for labels (N,) int64."""
        with torch.autocast(logits.device.type, enabled=False):
            groups = full_precision(group_logits).sigmoid()
            leaves = full_precision(logits).sigmoid()
            leaves = leaves + groups[:, self.group_of]
            nodes = torch.cat([leaves, groups], dim=1)
            return self.loss_weight * F.cross_entropy(nodes, labels)
