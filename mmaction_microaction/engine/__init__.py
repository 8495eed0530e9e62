# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .hooks import (ChannelsLastHook, CheckpointMatchHook, CompileHook,
                    EpochSeedHook, NumClassesHook)

__all__ = [
    'ChannelsLastHook', 'CheckpointMatchHook', 'CompileHook', 'EpochSeedHook',
    'NumClassesHook'
]
