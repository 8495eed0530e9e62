# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .backbones import AdaptedVisionTransformer, MMNet, SEResNetTSM
from .data_preprocessors import (ClipMeanDataPreprocessor,
                                 WindowDataPreprocessor)
from .detectors import TemporalDetector
from .heads import FramewiseHead, JointEmbeddingHead, TemporalDetectionHead
from .label_vectors import load_label_vectors
from .layers import DSTAAdapter, PositionCalibration, TIAAdapter
from .necks import TemporalPyramid

__all__ = [
    'AdaptedVisionTransformer', 'ClipMeanDataPreprocessor', 'DSTAAdapter',
    'FramewiseHead', 'JointEmbeddingHead', 'MMNet', 'PositionCalibration',
    'SEResNetTSM', 'TIAAdapter', 'TemporalDetectionHead', 'TemporalDetector',
    'TemporalPyramid', 'WindowDataPreprocessor', 'load_label_vectors'
]
