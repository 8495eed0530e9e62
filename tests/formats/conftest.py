# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results to be written."""
from dataclasses import replace

import numpy as np
import pytest

from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.results.spans import to_span
from mmaction_microaction.taxonomy import MA52

#: What file names may hold, up to a byte that is no UTF-8.
HOSTILE_NAMES = ('<script>&"\'.mp4', 'two\nlines\t.mp4', '=cmd|A1.mp4',
                 '微动作 ü.mp4', '--> 00:00.mp4', '../../up.mp4', 'bell\x07.mp4',
                 'latin\udce9.mp4')


@pytest.fixture
def make_result():
    """A function that makes a result of segments."""

    def make(segments, name='interview.mp4', fps=25., taxonomy=MA52):
        count, none = taxonomy.num_classes, np.zeros(0)
        info = VideoInfo(name, f'videos/{name}', 64, 48, 250, fps,
                         250 / max(fps, 1.))
        result = VideoResult(info, np.full(count, 1 / count, 'f4'), none, none,
                             np.zeros((0, count), 'f4'), segments)
        return replace(result, source='manet_r50_ma52', taxonomy=taxonomy)

    return make


@pytest.fixture(params=HOSTILE_NAMES, ids=ascii)
def hostile_name(request) -> str:
    return request.param


@pytest.fixture
def segments():
    """Of one body part: overlapping, touching, within another, too short for
    a millisecond; and of two more."""
    return [
        Segment(0., 1.25, 9, 0.75),
        Segment(0.5, 2., 10, 0.5),
        Segment(0.75, 1., 9, 0.25),  # overlaps its own kind
        Segment(1.25, 1.2502, 9, 0.125),
        Segment(2., 3., 51, 1.),
        Segment(2.4996, 9.9999, 11, 0.0625),
    ]


@pytest.fixture
def random_segments():
    """A function that makes many segments from a seed."""

    def make(seed, count):
        rng = np.random.default_rng(seed)
        starts = rng.uniform(0, 9, count)
        ends = starts + rng.exponential(0.3, count) + 1e-5
        actions, scores = rng.integers(0, 52, count), rng.random(count)
        columns = (x.tolist() for x in (starts, ends, actions, scores))
        return list(map(Segment, *columns))

    return make


@pytest.fixture
def same():
    """A function that compares segments up to a rounded millisecond."""

    def rows(segments):
        return sorted(
            (*to_span(s), s.label, round(s.score, 4)) for s in segments)

    def compare(found, expected):
        assert rows(found) == rows(expected)

    return compare
