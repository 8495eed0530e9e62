# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .checkpoint_match_hook import CheckpointMatchHook
from .num_classes_hook import NumClassesHook

__all__ = ['CheckpointMatchHook', 'NumClassesHook']
