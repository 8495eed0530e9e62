# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .confusion_matrix import draw_confusion_matrix
from .cost_curves import draw_cost_curves
from .predictions import BODY_COLOURS, PredictedClip, draw_predictions

__all__ = [
    'BODY_COLOURS', 'PredictedClip', 'draw_confusion_matrix',
    'draw_cost_curves', 'draw_predictions'
]
