# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The 52 micro-actions as motions of the figure.

The motions themselves are in ``postures``, ``gestures`` and ``contacts``. A
class that is another one's reversal in time has no motion of its own: its
clip is the partner's, played backwards.
"""
from typing import Dict

from mmaction_microaction.labels import NUM_ACTIONS, TIME_REVERSED_PAIRS
from . import contacts, gestures, postures  # noqa: F401 (they register)
from .performance import MOTIONS, Performance

#: Class -> the class whose motion, played backwards, it is.
REVERSED_FROM: Dict[int, int] = {b: a for a, b in TIME_REVERSED_PAIRS}

assert set(MOTIONS) | set(REVERSED_FROM) == set(range(NUM_ACTIONS))


def perform(label: int, act: Performance) -> None:
    """Write the motion of a class on a performance, always forwards.

    Whoever renders the clip of a class in :data:`REVERSED_FROM` turns its
    frames round afterwards; so the two classes of a pair differ by nothing
    but the order of their frames.

    Args:
        label (int): Index of the class.
        act (Performance): Gets the motion.
    """
    MOTIONS[REVERSED_FROM.get(label, label)](act)
