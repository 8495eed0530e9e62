# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .confusion_matrix import draw_confusion_matrix
from .predictions import BODY_COLOURS, PredictedClip, draw_predictions

__all__ = [
    'BODY_COLOURS', 'PredictedClip', 'draw_confusion_matrix',
    'draw_predictions'
]
