# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .backbones import (AdaptedVisionTransformer, InteractingRGBPoseConv3D,
                        MMNet, SEResNetTSM)
from .data_preprocessors import (ClipMeanDataPreprocessor,
                                 WindowDataPreprocessor)
from .detectors import TemporalDetector
from .heads import (FramewiseHead, HierarchicalHead, JointEmbeddingHead,
                    PCANHead, TemporalDetectionHead)
from .label_vectors import load_label_vectors
from .layers import (DSTAAdapter, PositionCalibration, PrototypeCalibration,
                     TIAAdapter)
from .losses import HierarchicalTreeLoss
from .necks import TemporalPyramid

__all__ = [
    'AdaptedVisionTransformer', 'ClipMeanDataPreprocessor', 'DSTAAdapter',
    'FramewiseHead', 'HierarchicalHead', 'HierarchicalTreeLoss',
    'InteractingRGBPoseConv3D', 'JointEmbeddingHead', 'MMNet', 'PCANHead',
    'PositionCalibration', 'PrototypeCalibration', 'SEResNetTSM', 'TIAAdapter',
    'TemporalDetectionHead', 'TemporalDetector', 'TemporalPyramid',
    'WindowDataPreprocessor', 'load_label_vectors'
]
