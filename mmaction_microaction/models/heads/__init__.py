# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .joint_embedding_head import JointEmbeddingHead
from .temporal_detection_head import TemporalDetectionHead

__all__ = ['JointEmbeddingHead', 'TemporalDetectionHead']
