# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .channels_last_hook import ChannelsLastHook
from .checkpoint_match_hook import (CheckpointMatchHook, load_matching_weights,
                                    weight_differences)
from .compile_hook import CompileHook
from .epoch_seed_hook import EpochSeedHook
from .num_classes_hook import NumClassesHook

__all__ = [
    'ChannelsLastHook', 'CheckpointMatchHook', 'CompileHook', 'EpochSeedHook',
    'NumClassesHook', 'load_matching_weights', 'weight_differences'
]
