# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .hooks import (ChannelsLastHook, CheckpointMatchHook, ClassCountsHook,
                    CompileHook, EpochSeedHook, NumClassesHook)

__all__ = [
    'ChannelsLastHook', 'CheckpointMatchHook', 'ClassCountsHook',
    'CompileHook', 'EpochSeedHook', 'NumClassesHook'
]
