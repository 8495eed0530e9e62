# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .balanced_softmax_loss import BalancedSoftmaxLoss
from .class_balanced_focal_loss import ClassBalancedFocalLoss
from .counted_loss import CountedLoss
from .detection import diou_loss_1d, sigmoid_focal_loss
from .hierarchical_tree_loss import HierarchicalTreeLoss

__all__ = [
    'BalancedSoftmaxLoss', 'ClassBalancedFocalLoss', 'CountedLoss',
    'HierarchicalTreeLoss', 'diou_loss_1d', 'sigmoid_focal_loss'
]
