# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .detection import diou_loss_1d, sigmoid_focal_loss

__all__ = ['diou_loss_1d', 'sigmoid_focal_loss']
