# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import numpy as np
import pytest

from mmaction_microaction.results import behaviour_table
from mmaction_microaction.results.behaviour_table import covered_time
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52

NOD, SHAKE = MA52.find('nodding').index, MA52.find('shaking head').index


def test_by_hand():
    segments = [
        Segment(0, 2, NOD, 0.9),
        Segment(1, 4, SHAKE, 0.6),
        Segment(8, 9, NOD, 0.5),
    ]
    rows = {row.name: row for row in behaviour_table(segments, 30.)}
    assert len(rows) == 7 + 2
    head = rows['head']
    assert (head.count, head.rate, head.total, head.mean) == (3, 6, 6, 2)
    assert head.share == pytest.approx(5 / 30)  # [0, 4) and [8, 9)
    assert head.score == pytest.approx(2 / 3)
    nod = rows['nodding']
    assert (nod.count, nod.rate, nod.total, nod.mean) == (2, 4, 3, 1.5)
    assert nod.share == pytest.approx(0.1)
    assert nod.score == pytest.approx(0.7)
    empty = rows['body']
    assert (empty.count, empty.rate, empty.total, empty.share) == (0, 0, 0, 0)
    assert math.isnan(empty.mean) and math.isnan(empty.score)
    assert nod.to_dict()['name'] == 'nodding' and nod.action == NOD


def test_by_brute_force():
    """Against time cut into thousandths of a second."""
    rng = np.random.default_rng(0)
    starts = rng.uniform(0, 19, 120)
    segments = [
        Segment(start, min(start + rng.gamma(3, 0.3), 20.),
                int(rng.integers(52)), rng.uniform()) for start in starts
    ]
    times = (np.arange(20000) + 0.5) / 1000
    for row in behaviour_table(segments, 20.):
        chosen = [
            s for s in segments if (s.label.group == row.body if row.action is
                                    None else s.action == row.action)
        ]
        active = np.zeros(len(times), bool)
        for s in chosen:
            active |= (times >= s.start) & (times < s.end)
        assert row.count == len(chosen)
        assert row.rate == pytest.approx(3 * len(chosen))
        assert row.share == pytest.approx(active.mean(), abs=0.003)
        if chosen:
            lengths = [s.end - s.start for s in chosen]
            assert row.total == pytest.approx(np.sum(lengths))
            assert row.mean == pytest.approx(np.mean(lengths))
            assert row.score == pytest.approx(
                np.mean([s.score for s in chosen]))


def test_order_and_actions_that_do_not_occur():
    segments = [Segment(0, 1, 51), Segment(2, 3, NOD)]
    places = [(r.body, -1 if r.action is None else r.action)
              for r in behaviour_table(segments, 10., actions=[0, NOD])]
    assert places == sorted(places) and len(places) == 7 + 3
    row = next(r for r in behaviour_table(segments, 10., [0]) if r.action == 0)
    assert row.count == 0 and math.isnan(row.mean)


def test_another_taxonomy(five):
    rows = behaviour_table([Segment(0, 2, 4, taxonomy=five)], 8., [0], five)
    assert [(r.name, r.body, r.action, r.share)
            for r in rows] == [('hand', 0, None, 0), ('wave', 0, 0, 0),
                               ('foot', 1, None, 0.25), ('stamp', 1, 4, 0.25)]


def test_what_lies_behind_the_end_does_not_count():
    assert covered_time([Segment(1, 5, 0), Segment(2, 3, 0)], 4.) == 3
    assert covered_time([Segment(6, 7, 0)], 4.) == 0
    assert covered_time([], 4.) == 0
    none = behaviour_table([], 0.)
    assert all(math.isnan(r.share + r.rate) for r in none)
