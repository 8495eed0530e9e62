# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .decode_clip_and_pose import DecodeClipAndPose
from .decode_resized import DecodeResized
from .generate_skeleton_features import GenerateSkeletonFeatures
from .load_clip_features import LoadClipFeatures
from .load_expression_clip import LoadExpressionClip
from .load_onset_apex import LoadOnsetApex
from .open_video import OpenVideo
from .pack_detection_inputs import PackDetectionInputs
from .pad_frames import PadFrames
from .pick_onset_apex import PickOnsetApex
from .reverse_frames import ReverseFrames
from .rotate_frames import RotateFrames
from .sample_whole_clip import SampleWholeClip
from .span_sample_frames import SpanSampleFrames

__all__ = [
    'DecodeClipAndPose', 'DecodeResized', 'GenerateSkeletonFeatures',
    'LoadClipFeatures', 'LoadExpressionClip', 'LoadOnsetApex', 'OpenVideo',
    'PackDetectionInputs', 'PadFrames', 'PickOnsetApex', 'ReverseFrames',
    'RotateFrames', 'SampleWholeClip', 'SpanSampleFrames'
]
