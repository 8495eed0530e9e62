# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.results import (Segment, assign_lanes, in_order,
                                          to_span)


@pytest.mark.parametrize('times, span', [
    ((0., 1.), (0, 1000)),
    ((1.0004, 1.0006), (1000, 1001)),
    ((1.0001, 1.0002), (1000, 1001)),
    ((0.0299999, 3599.9996), (30, 3600000)),
])
def test_span(times, span):
    assert to_span(Segment(*times, 0)) == span


def test_in_order():
    ordered = [Segment(0, 1, 5), Segment(0, 2, 3), Segment(0, 2.0001, 4)]
    assert in_order(ordered[::-1]) == ordered


@pytest.mark.parametrize('seed', range(10))
def test_lanes_are_free_of_overlap_and_few(seed):
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 60, 40)
    spans = sorted(zip(starts, starts + rng.integers(1, 9, 40)))
    lanes = assign_lanes(spans)
    at_once = [
        sum(start <= t < end for start, end in spans) for t in range(70)
    ]
    assert sorted(set(lanes)) == list(range(max(at_once)))
    for lane in set(lanes):
        its = [span for span, other in zip(spans, lanes) if other == lane]
        assert all(a[1] <= b[0] for a, b in zip(its, its[1:]))


def test_touching_spans_share_a_lane():
    assert assign_lanes([(0, 5), (5, 6), (5, 9), (6, 7)]) == [0, 0, 1, 0]
    assert assign_lanes([]) == []
