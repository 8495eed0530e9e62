# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Generator of sample data: a drawn person performs the 52 micro-actions.

From the inside out: ``skeleton`` (the figure), ``performance`` (timing),
``postures``, ``gestures``, ``contacts`` (the classes, looked up in
``motions``), ``appearance`` (people, noise), ``geometry``, ``room``,
``renderer`` (pixels), ``clip`` (one clip with its truth), ``scene`` (actions
that overlap), ``ma52`` and ``mma52`` (data roots; ``data_root`` is what they
share).
"""
from .clip import Clip, render_clip
from .ma52 import generate_ma52
from .mma52 import DISTINCT_CLASSES, generate_mma52

__all__ = [
    'Clip', 'DISTINCT_CLASSES', 'generate_ma52', 'generate_mma52',
    'render_clip'
]
