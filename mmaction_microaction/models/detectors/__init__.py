# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .temporal_detector import TemporalDetector

__all__ = ['TemporalDetector']
