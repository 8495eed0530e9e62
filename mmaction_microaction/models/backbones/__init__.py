# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .adapted_vision_transformer import AdaptedVisionTransformer
from .interacting_rgbpose_conv3d import InteractingRGBPoseConv3D
from .mmnet import MMNet
from .se_resnet_tsm import SEResNetTSM

__all__ = [
    'AdaptedVisionTransformer', 'InteractingRGBPoseConv3D', 'MMNet',
    'SEResNetTSM'
]
