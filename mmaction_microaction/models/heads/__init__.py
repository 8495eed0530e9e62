# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .framewise_head import FramewiseHead
from .hierarchical_head import HierarchicalHead
from .joint_embedding_head import JointEmbeddingHead
from .pcan_head import PCANHead
from .temporal_detection_head import TemporalDetectionHead

__all__ = [
    'FramewiseHead', 'HierarchicalHead', 'JointEmbeddingHead', 'PCANHead',
    'TemporalDetectionHead'
]
