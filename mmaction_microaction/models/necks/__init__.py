# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .temporal_pyramid import TemporalPyramid

__all__ = ['TemporalPyramid']
