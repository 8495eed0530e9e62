# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.results import (Segment, as_arrays, assign_lanes,
                                          sort_segments, to_span)


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
    assert sort_segments(ordered[::-1]) == ordered


@pytest.mark.parametrize('seed', range(10))
def test_lanes_are_free_of_overlap_and_few(seed):
    starts, lengths = np.random.default_rng(seed).integers(1, 30, (2, 40))
    spans = sorted(zip(starts, starts + lengths // 3 + 1))
    at_once = np.zeros((60, 60), int)  # lanes, times
    for lane, (start, end) in zip(assign_lanes(spans), spans):
        at_once[lane, start:end] += 1
    assert at_once.max() == 1
    assert at_once.any(axis=1).sum() == at_once.sum(axis=0).max()


def test_touching_spans_share_a_lane():
    assert assign_lanes([(0, 5), (5, 6), (5, 9), (6, 7)]) == [0, 0, 1, 0]
    assert assign_lanes([]) == []


def test_arrays_of_segments():
    segments = [Segment(1., 2.5, 7, .25), Segment(0., 1., 3)]
    times, labels, scores = as_arrays(segments)
    for i, s in enumerate(segments):
        assert (*times[i], labels[i], scores[i]) == (s.start, s.end, s.action,
                                                     s.score)
    shapes = [(x.shape, x.dtype.kind) for x in as_arrays([])]
    assert shapes == [((0, 2), 'f'), ((0, ), 'i'), ((0, ), 'f')]
