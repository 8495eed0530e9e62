# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Generator of sample data: a drawn person performs the 52 micro-actions.

From the inside out: ``skeleton`` (the figure), ``performance`` (timing),
``postures``, ``gestures``, ``contacts`` (the classes, looked up in
``motions``), ``appearance`` (people, noise), ``geometry``, ``room``,
``renderer`` (pixels), ``scene`` (actions that overlap), ``clip`` (one clip
with its truth), ``ma52``, ``mma52`` and ``emotion`` (data roots; ``data_root``
is what they share). ``emotion_sessions`` makes segments without clips.
``casme2`` writes drawn faces instead: ``faces_people``, ``faces_geometry``
(action units move features), ``faces`` (pixels).
"""
from .casme2 import generate_casme2
from .clip import Clip, render_clip
from .emotion import EMOTION_ACTIONS, generate_emotion, planted_actions
from .emotion_sessions import generate_sessions
from .ma52 import generate_ma52
from .mma52 import DISTINCT_CLASSES, generate_mma52

__all__ = [
    'Clip', 'DISTINCT_CLASSES', 'EMOTION_ACTIONS', 'generate_casme2',
    'generate_emotion', 'generate_ma52', 'generate_mma52', 'generate_sessions',
    'planted_actions', 'render_clip'
]
