# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .best_key_hook import BestKeyHook
from .broken_clip_hook import BrokenClipHook
from .channels_last_hook import ChannelsLastHook
from .checkpoint_match_hook import (CheckpointMatchHook, load_matching_weights,
                                    own_weights, weight_differences)
from .class_counts_hook import ClassCountsHook
from .compile_hook import CompileHook
from .exact_resume_hook import ExactResumeHook
from .num_classes_hook import NumClassesHook
from .provenance_hook import ProvenanceHook
from .stop_hook import StopHook

__all__ = [
    'BestKeyHook', 'BrokenClipHook', 'ChannelsLastHook', 'CheckpointMatchHook',
    'ClassCountsHook', 'CompileHook', 'ExactResumeHook', 'NumClassesHook',
    'ProvenanceHook', 'StopHook', 'load_matching_weights', 'own_weights',
    'weight_differences'
]
