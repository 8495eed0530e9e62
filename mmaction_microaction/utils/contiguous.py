# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Contiguous segments of a binary sequence."""
from typing import Tuple

import numpy as np


def contiguous_segments(
        active: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The R segments in which one of K classes is active, (K, T) bool: class,
    first step and the one after the last, each (R,), by class, then time."""
    active = np.asarray(active, bool)
    change = np.diff(np.pad(active.astype(np.int8), ((0, 0), (1, 1))))
    labels, starts = np.nonzero(change == 1)
    _, ends = np.nonzero(change == -1)  # in the same order
    return labels, starts, ends
