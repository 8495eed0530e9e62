# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .channels_last_hook import ChannelsLastHook
from .checkpoint_match_hook import CheckpointMatchHook
from .compile_hook import CompileHook
from .epoch_seed_hook import EpochSeedHook, epoch_seed
from .num_classes_hook import NumClassesHook

__all__ = [
    'ChannelsLastHook', 'CheckpointMatchHook', 'CompileHook', 'EpochSeedHook',
    'NumClassesHook', 'epoch_seed'
]
