# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .adapted_vision_transformer import AdaptedVisionTransformer
from .mmnet import MMNet
from .se_resnet_tsm import SEResNetTSM

__all__ = ['AdaptedVisionTransformer', 'MMNet', 'SEResNetTSM']
