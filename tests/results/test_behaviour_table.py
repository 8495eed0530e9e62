# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import astuple

import numpy as np
import pytest

from mmaction_microaction.results import behaviour_table
from mmaction_microaction.results.behaviour_table import covered_time
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52


def test_by_brute_force():
    """Against time cut into thousandths of a second."""
    rng = np.random.default_rng(0)
    starts = rng.uniform(0, 19, 60).round(3)
    ends = np.minimum(starts + rng.gamma(3, 0.3, 60).round(3) + 0.001, 20)
    segments = list(
        map(Segment, starts, ends, rng.integers(0, 52, 60), rng.random(60)))
    rows = behaviour_table(segments, 20., range(52))
    places = [(r.body, -1 if r.action is None else r.action) for r in rows]
    assert places == sorted(places) and len(places) == 7 + 52
    times = (np.arange(20000) + 0.5) / 1000
    for row in rows:
        whole = row.action is None
        its = [s for s in segments
               if (s.label.group == row.body if whole else
                   s.action == row.action)]  # yapf: disable
        lengths = [s.end - s.start for s in its]
        active = np.zeros(len(times), bool)
        for s in its:
            active |= (times >= s.start) & (times < s.end)
        mean, score, median, first = (
            function(x) if its else np.nan
            for function, x in ((np.mean, lengths), (np.mean,
                                                     [s.score for s in its]),
                                (np.median,
                                 lengths), (min, [s.start for s in its])))
        assert astuple(row)[3:] == pytest.approx(
            (len(its), 3 * len(its), sum(lengths), mean, median, active.mean(),
             score, first),
            nan_ok=True)
        assert row.name == (
            MA52.groups[row.body] if whole else MA52.names[row.action])


def test_another_taxonomy(five):
    rows = behaviour_table([Segment(0, 2, 4, taxonomy=five)], 8., [0], five)
    assert [(r.name, r.body, r.action, r.share)
            for r in rows] == [('hand', 0, None, 0), ('wave', 0, 0, 0),
                               ('foot', 1, None, 0.25), ('stamp', 1, 4, 0.25)]


def test_what_lies_behind_the_end_does_not_count():
    assert covered_time([Segment(1, 5, 0), Segment(2, 3, 0)], 4.) == 3
    assert covered_time([Segment(6, 7, 0)], 4.) == 0
    assert covered_time([], 4.) == 0
    assert np.isnan([[r.share, r.rate] for r in behaviour_table([], 0.)]).all()
