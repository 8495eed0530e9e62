# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Generator of sample data: a drawn person performs the 52 micro-actions.

From the inside out: ``skeleton`` (the figure), ``motion_builder`` (timing),
``contacts`` and ``motions`` (the classes), ``appearance`` (people, noise),
``geometry``, ``renderer`` (pixels), ``scene`` (overlapping actions), ``clip``
(a clip with its truth), ``ma52``, ``mma52`` and ``emotion`` (data roots,
sharing ``data_root``). ``casme2`` draws faces: ``faces_geometry`` (people;
features moved by action units), ``faces`` (pixels).
"""
from .casme2 import generate_casme2
from .clip import Clip, render_clip
from .emotion import (EMOTION_ACTIONS, generate_emotion, generate_sessions,
                      planted_actions)
from .ma52 import generate_ma52
from .mma52 import DISTINCT_CLASSES, generate_mma52, generate_mma52_sessions

__all__ = [
    'Clip', 'DISTINCT_CLASSES', 'EMOTION_ACTIONS', 'generate_casme2',
    'generate_emotion', 'generate_ma52', 'generate_mma52',
    'generate_mma52_sessions', 'generate_sessions', 'planted_actions',
    'render_clip'
]
