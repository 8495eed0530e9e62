# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .channels_last import to_channels_last, use_channels_last
from .dsta_adapter import DSTAAdapter
from .gate_shift_op import gate_shift, spatial_mean
from .gated_shift import (GatedShift, PlainGatedShift, SEGate, temporal_shift,
                          use_plain_blocks)
from .hierarchy import (FUSIONS, check_fusion, fuse_hierarchy, sum_groups,
                        taxonomy_of)
from .masked_conv import ChannelNorm, ConvStack, MaskedConv1d, masked_max_pool
from .modality_interaction import ModalityInteraction
from .packed_conv import PackedConv2d, PackedResidualBlock
from .position_calibration import PositionCalibration
from .prototype_calibration import (PrototypeCalibration, ambiguous_sets,
                                    full_precision)
from .segments import (iou_1d, label_points, outer_inner_contrast,
                       pyramid_points, soft_nms_1d)
from .tia_adapter import TIAAdapter
from .tin_shift import tin_shift

__all__ = [
    'ChannelNorm', 'ConvStack', 'DSTAAdapter', 'FUSIONS', 'GatedShift',
    'MaskedConv1d', 'ModalityInteraction', 'PackedConv2d',
    'PackedResidualBlock', 'PlainGatedShift', 'PositionCalibration',
    'PrototypeCalibration', 'SEGate', 'TIAAdapter', 'ambiguous_sets',
    'check_fusion', 'full_precision', 'fuse_hierarchy', 'gate_shift', 'iou_1d',
    'label_points', 'masked_max_pool', 'outer_inner_contrast',
    'pyramid_points', 'soft_nms_1d', 'spatial_mean', 'sum_groups',
    'taxonomy_of', 'temporal_shift', 'tin_shift', 'to_channels_last',
    'use_channels_last', 'use_plain_blocks'
]
