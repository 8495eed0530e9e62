# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Order and lanes of segments. A span is the half-open time of a segment in
whole milliseconds, the resolution of annotation programs."""
from typing import Iterable, List, Sequence, Tuple

import numpy as np

from .video_result import Segment

Span = Tuple[int, int]


def to_span(segment: Segment) -> Span:
    """The rounded time of a segment in milliseconds, at least one long."""
    return segment.span


def sort_segments(segments: Iterable[Segment]) -> List[Segment]:
    """Sort segments by start, then end (both in milliseconds), then class."""
    return sorted(segments, key=lambda s: (*to_span(s), s.action))


def as_arrays(
        segments: Sequence[Segment]
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Convert M segments to the arrays of the evaluation.

    Returns:
        tuple[np.ndarray]: Times (M, 2) float64 in seconds, classes (M,) int64
        and scores (M,) float64.
    """
    return (np.array([(s.start, s.end) for s in segments]).reshape(-1, 2),
            np.array([s.action for s in segments], np.int64),
            np.array([s.score for s in segments], np.float64))


def assign_lanes(spans: Sequence[Span]) -> List[int]:
    """Assign overlapping spans to as few lanes as possible, greedily.

    Args:
        spans (Sequence[tuple[int, int]]): Milliseconds, sorted by start.

    Returns:
        list[int]: Lane of each span, from 0.
    """
    ends, lanes = [], []
    for start, end in spans:
        lane = next((i for i, last in enumerate(ends) if last <= start),
                    len(ends))
        ends[lane:lane + 1] = [end]
        lanes.append(lane)
    return lanes
