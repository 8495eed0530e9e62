# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Segments in order, and side by side. A span is the time of a segment in
whole milliseconds, half-open: no program for annotations is finer."""
from typing import Iterable, List, Sequence, Tuple

import numpy as np

from .video_result import Segment

Span = Tuple[int, int]


def to_span(segment: Segment) -> Span:
    """The rounded time of a segment in milliseconds, at least one long."""
    return segment.span


def in_order(segments: Iterable[Segment]) -> List[Segment]:
    """Segments by start, then end, then class."""
    return sorted(segments, key=lambda s: (*to_span(s), s.action))


def as_arrays(
        segments: Sequence[Segment]
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the evaluation takes of segments: times (M, 2) in seconds, float64,
    classes (M,) int64 and scores (M,) float64."""
    return (np.array([(s.start, s.end) for s in segments]).reshape(-1, 2),
            np.array([s.action for s in segments], np.int64),
            np.array([s.score for s in segments], np.float64))


def assign_lanes(spans: Sequence[Span]) -> List[int]:
    """The lane of every span, from 0, as few as there are spans at once: each
    span, by start, takes the first lane that is free then."""
    ends, lanes = [], []
    for start, end in spans:
        lane = next((i for i, last in enumerate(ends) if last <= start),
                    len(ends))
        ends[lane:lane + 1] = [end]
        lanes.append(lane)
    return lanes
