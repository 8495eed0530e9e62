# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .detection import diou_loss_1d, sigmoid_focal_loss
from .hierarchical_tree_loss import HierarchicalTreeLoss

__all__ = ['HierarchicalTreeLoss', 'diou_loss_1d', 'sigmoid_focal_loss']
