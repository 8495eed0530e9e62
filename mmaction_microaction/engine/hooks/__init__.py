# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .best_key_hook import BestKeyHook
from .channels_last_hook import ChannelsLastHook
from .checkpoint_match_hook import (CheckpointMatchHook, load_matching_weights,
                                    own_weights, weight_differences)
from .class_counts_hook import ClassCountsHook
from .compile_hook import CompileHook
from .epoch_seed_hook import EpochSeedHook
from .num_classes_hook import NumClassesHook

__all__ = [
    'BestKeyHook', 'ChannelsLastHook', 'CheckpointMatchHook',
    'ClassCountsHook', 'CompileHook', 'EpochSeedHook', 'NumClassesHook',
    'load_matching_weights', 'own_weights', 'weight_differences'
]
