# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The 52 micro-actions as motions of the figure."""
from functools import partial
from typing import Callable, Dict

from mmaction_microaction.taxonomy import MA52
from . import gestures, postures
from .contacts import CONTACTS, touch
from .performance import Performance

#: Class -> the class whose motion, played backwards, it is.
REVERSED_FROM: Dict[int, int] = {b: a for a, b in MA52.reversed_pairs}


def _motion(name: str) -> Callable[[Performance], None]:
    if name in CONTACTS:
        return partial(touch, CONTACTS[name])
    function = '_' + name.replace(' ', '_')
    return getattr(gestures, function, None) or getattr(postures, function)


#: Class -> the function that writes its motion on a performance.
MOTIONS = {
    label.index: _motion(label.name)
    for label in MA52.labels if label.index not in REVERSED_FROM
}


def perform(label: int, act: Performance) -> None:
    """Write the motion of a class on a performance, always forwards.

    Whoever renders the clip of a class in :data:`REVERSED_FROM` turns its
    frames round afterwards; so the two classes of a pair differ by nothing but
    the order of their frames.
    """
    MOTIONS[REVERSED_FROM.get(label, label)](act)
