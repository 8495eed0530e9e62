# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Uninterrupted stretches of a property in time.

Shapes: K classes, T steps, R runs.
"""
from typing import Tuple

import numpy as np

from .errors import UserError


def find_runs(active: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find where each class is active without a break.

    Args:
        active (np.ndarray): (K, T), bool.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Class, first step and the
        step behind the last, each (R,) int64, by class, then by time.

    Raises:
        ValueError: If ``active`` does not have two dimensions.
    """
    active = np.asarray(active, bool)
    if active.ndim != 2:
        raise UserError('active must have shape (classes, steps), but got '
                        f'{active.shape}')
    change = np.diff(np.pad(active.astype(np.int8), ((0, 0), (1, 1))))
    labels, starts = np.nonzero(change == 1)
    _, ends = np.nonzero(change == -1)  # in the same order
    return labels, starts, ends
