# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .adapters import DSTAAdapter, TIAAdapter
from .continuous_attention import ContinuousAttentionBlock
from .contrast import outer_inner_contrast
from .gate_shift_op import gate_shift, spatial_mean
from .gated_shift import GatedShift, SEGate
from .masked_conv import ChannelNorm, ConvStack, MaskedConv1d
from .packed_conv import PackedConv2d, PackedResidualBlock
from .point_labels import label_points, pyramid_points
from .position_calibration import PositionCalibration
from .soft_nms import iou_1d, soft_nms_1d
from .tin_shift import tin_shift

__all__ = [
    'ChannelNorm', 'ContinuousAttentionBlock', 'ConvStack', 'DSTAAdapter',
    'GatedShift', 'MaskedConv1d', 'PackedConv2d', 'PackedResidualBlock',
    'PositionCalibration', 'SEGate', 'TIAAdapter', 'gate_shift', 'iou_1d',
    'label_points', 'outer_inner_contrast', 'pyramid_points', 'soft_nms_1d',
    'spatial_mean', 'tin_shift'
]
