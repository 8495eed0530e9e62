# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Movement, and contacts of hands, measured on key points without a model."""
from .measure import MOVEMENT, MovementResult, measure_movement
from .settings import MovementSettings

__all__ = [
    'MOVEMENT', 'MovementResult', 'MovementSettings', 'measure_movement'
]
