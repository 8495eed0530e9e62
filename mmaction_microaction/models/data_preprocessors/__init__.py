# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .clip_mean_data_preprocessor import ClipMeanDataPreprocessor
from .window_data_preprocessor import WindowDataPreprocessor

__all__ = ['ClipMeanDataPreprocessor', 'WindowDataPreprocessor']
