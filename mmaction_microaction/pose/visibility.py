# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Visibility of points. M persons, T frames, V points."""
from collections import Counter
from typing import Dict, Iterable

import numpy as np

from .layouts import KeypointLayout


def seen_points(entry: dict) -> np.ndarray:
    """(M, T, V) bool of a valid entry: points with a finite position and a
    positive score."""
    seen = np.isfinite(entry['keypoint']).all(-1)
    score = entry.get('keypoint_score', entry['keypoint'].any(-1))
    return seen & np.isfinite(score) & (score > 0)


def seen_by_point(entries: Iterable[dict]) -> Dict[str, float]:
    """Share of frames, 0 to 1, in which each point of anybody is visible, by
    name (by number if the layout is unknown)."""
    count: Counter = Counter()
    total: Counter = Counter()
    for entry in entries:
        seen = seen_points(entry).any(0)
        names = KeypointLayout.load(entry['layout']).points \
            if 'layout' in entry else map(str, range(seen.shape[1]))
        for name, number in zip(names, seen.sum(0)):
            count[name] += int(number)
            total[name] += len(seen)
    return {name: count[name] / total[name] for name in total}
