# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .clip_features import LoadClipFeatures
from .decode_resized import DecodeResized, OpenVideo, expand_to_host_steps
from .dense_sampling import SampleWholeClip
from .loading import MicroActionDecordDecode, MicroActionDecordInit
from .pack_detection import PackDetectionInputs
from .reversing import ReverseFrames
from .sampling import SpanSampleFrames

__all__ = [
    'DecodeResized', 'LoadClipFeatures', 'MicroActionDecordDecode',
    'MicroActionDecordInit', 'OpenVideo', 'PackDetectionInputs',
    'ReverseFrames', 'SampleWholeClip', 'SpanSampleFrames',
    'expand_to_host_steps'
]
