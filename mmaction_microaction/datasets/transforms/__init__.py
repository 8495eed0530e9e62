# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .clip_features import LoadClipFeatures
from .decode_resized import DecodeResized, OpenVideo, expand_to_host_steps
from .dense_sampling import SampleWholeClip
from .expression_frames import LoadExpressionClip, LoadOnsetApex, PickOnsetApex
from .frame_warps import PadFrames, RotateFrames
from .loading import MicroActionDecordDecode, MicroActionDecordInit
from .pack_detection import PackDetectionInputs
from .reversing import ReverseFrames
from .sampling import SpanSampleFrames

__all__ = [
    'DecodeResized', 'LoadClipFeatures', 'LoadExpressionClip', 'LoadOnsetApex',
    'MicroActionDecordDecode', 'MicroActionDecordInit', 'OpenVideo',
    'PackDetectionInputs', 'PadFrames', 'PickOnsetApex', 'ReverseFrames',
    'RotateFrames', 'SampleWholeClip', 'SpanSampleFrames',
    'expand_to_host_steps'
]
