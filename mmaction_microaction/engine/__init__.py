# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .hooks import (BrokenClipHook, ChannelsLastHook, CheckpointMatchHook,
                    ClassCountsHook, CompileHook, ExactResumeHook,
                    NumClassesHook, StopHook)

__all__ = [
    'BrokenClipHook', 'ChannelsLastHook', 'CheckpointMatchHook',
    'ClassCountsHook', 'CompileHook', 'ExactResumeHook', 'NumClassesHook',
    'StopHook'
]
