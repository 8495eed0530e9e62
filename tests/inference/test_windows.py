# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.inference import (Window, merge_steps, plan_chunks,
                                            plan_windows,
                                            window_scores_to_steps)
from mmaction_microaction.inference.windows import join_chunks, label_clip
from mmaction_microaction.results import Segment


def even(count, fps=30):
    return np.arange(count) / fps, count / fps


@pytest.mark.parametrize('count, window', [(1, None), (50, None), (120, None),
                                           (60, 2.)])
def test_a_clip_is_one_window(count, window):
    plan, end = plan_windows(*even(count), window), count / 30
    assert plan.windows == [Window(0, end, 0, count)]
    assert plan[1:] == (end, [0], [end])


def test_windows_of_two_seconds():
    times, end = even(131)
    plan = plan_windows(times, end)
    got = [(w.first, w.num_frames) for w in plan.windows]
    assert got == [(0, 60), (15, 60), (30, 60), (45, 60), (60, 60), (71, 60)]
    assert plan.windows[-1].end == pytest.approx(end)
    assert plan.step_starts.tolist() == [0, .5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert plan.step_ends[-1] == end
    just = plan_windows(*even(75), window=2., stride=.5)
    assert [w.first for w in just.windows] == [0, 15]


@pytest.mark.parametrize('seed', range(20))
def test_windows_of_any_length(seed):
    """Frames at any times."""
    chance = np.random.default_rng(seed)
    times = np.cumsum(chance.exponential(.05, chance.integers(2, 300)))
    times -= times[0]
    end, length = float(times[-1] + .04), chance.uniform(.1, 3)
    plan = plan_windows(times, end, length, chance.uniform(.05, length))
    seen = set()
    for window in plan.windows:
        inside = np.flatnonzero((window.start <= times) & (times < window.end))
        assert inside.tolist() == list(
            range(window.first, window.first + window.num_frames))
        assert window.end - window.start == pytest.approx(min(length, end))
        seen.update(inside)
    assert len(seen) == len(times)
    starts = [w.start for w in plan.windows]
    assert starts == sorted(starts) and starts[0] == 0
    assert plan.windows[-1].end == pytest.approx(end)
    np.testing.assert_array_equal(plan.step_starts[1:], plan.step_ends[:-1])
    assert plan.step_starts[0] == 0 and plan.step_ends[-1] == end


@pytest.mark.parametrize('count', [1, 511, 512, 513, 1025, 3000])
def test_chunks_overlap_by_half_or_more(count):
    times, end = even(count)
    chunks = plan_chunks(times, end, 512)
    edges = [*times.tolist(), end]
    size = min(count, 512)
    firsts = [chunk.first for chunk in chunks]
    assert chunks == [Window(edges[a], edges[a + size], a, size)
                      for a in firsts]  # yapf: disable
    assert firsts[0] == 0 and firsts[-1] == count - size
    assert all(0 < b - a <= 256 for a, b in zip(firsts, firsts[1:]))
    assert len(chunks) == 1 + -(-(count - size) // 256)


def test_an_action_is_taken_from_the_chunk_around_it():
    chunks = [Window(x, x + 10., 0, 300) for x in (0., 5., 10.)]
    # Borders are at 7.5 and 12.5 s: cut in the one, whole in the other.
    whole, cut = Segment(8., 12., 3, .6), Segment(8., 10., 3, .9)
    early, late = Segment(7., 8., 4, .5), Segment(7.1, 8.2, 4, .7)
    other, beside = Segment(7., 8., 5, .2), Segment(7.9, 8.1, 4, .4)
    again = Segment(8.1, 12., 3, .3)  # of one chunk: as its model says
    found = [[cut, early, other], [whole, late, beside, again],
             [Segment(10., 12., 3, .8)]]
    assert join_chunks(chunks, found) == [other, late, beside, whole, again]
    assert join_chunks(chunks[:1], found[:1]) == [early, other, cut]
    assert join_chunks([], []) == []
    # Longer than a window: one action, not three that overlap.
    pieces = [[Segment(x, x + 10., 3, p), Segment(x, x + 10., 4, .1)]
              for x, p in ((0., .5), (5., .6), (10., .4))]  # yapf: disable
    assert [s for s in join_chunks(chunks, pieces)
            if s.action == 3] == [Segment(0., 20., 3, .6)]
    # Windows so short that three see the same.
    short = [Window(x, x + 1.6, 0, 48) for x in (0., .4, .8)]
    same = Segment(.9, 1.4, 3, .5)
    assert join_chunks(short, [[same], [same], [same]]) == [same]


@pytest.mark.parametrize('window, stride, match', [
    (0., None, 'window must be positive'),
    (float('nan'), None, 'window must be positive'),
    (2., -1., 'stride must be positive'),
    (2., 2.1, 'must not be longer'),
])
def test_lengths_that_make_no_sense(window, stride, match):
    with pytest.raises(ValueError, match=match):
        plan_windows(*even(100), window, stride)


def loop(starts, ends, scores, threshold, stay, min_duration, max_gap):
    """Step by step, class by class."""
    found = []
    for k, values in enumerate(scores.T):
        runs = [[]]
        for i, score in enumerate(values):
            if score < stay or i and starts[i] > ends[i - 1] + 1e-6:
                runs.append([])
            if score >= stay:
                runs[-1].append(i)
        joined = []
        for run in (r for r in runs if r and values[r].max() >= threshold):
            gap = joined and starts[run[0]] - ends[joined[-1][-1]]
            if joined and max_gap and gap <= max_gap + 1e-6:
                run = joined.pop() + run
            joined.append(run)
        for run in joined:
            start, end = starts[run[0]], ends[run[-1]]
            score = np.average(values[run], weights=(ends - starts)[run])
            if end - start >= min_duration - 1e-6:
                found.append((start, k, end, score))
    return sorted(found)


@pytest.mark.parametrize('seed', range(20))
def test_against_a_plain_loop(seed):
    chance = np.random.default_rng(seed)
    steps = int(chance.integers(1, 60))
    starts = np.arange(steps) * .5
    ends = starts + .5
    ends[-1] += chance.uniform(-.2, .2)
    keep = chance.random(steps) > (.1 if seed % 2 else 0)  # holes in time
    keep[0] = True
    starts, ends = starts[keep], ends[keep]
    scores = np.float32(chance.random((len(starts), 52))**2)
    args = starts, ends, scores
    settings = dict(
        threshold=chance.uniform(.4, .9),
        stay=chance.uniform(.1, .4),
        min_duration=chance.choice([0, .5, 1.2]),
        max_gap=chance.choice([0, .5, 1.]))
    got = [(s.start, s.action, s.end, s.score)
           for s in merge_steps(*args, **settings)]
    np.testing.assert_allclose(
        np.reshape(got, (-1, 4)),
        np.reshape(loop(*args, **settings), (-1, 4)),
        rtol=1e-5)


def test_no_steps():
    assert merge_steps([], [], np.zeros((0, 52))) == []


@pytest.mark.parametrize('kwargs', [
    dict(threshold=0), dict(threshold=1.1), dict(stay=.4), dict(stay=0.),
    dict(min_duration=-1), dict(max_gap=float('inf'))
])  # yapf: disable
def test_settings_that_make_no_sense(kwargs):
    with pytest.raises(ValueError, match='expected|must be seconds'):
        merge_steps([0.], [.5], np.zeros((1, 52)), **kwargs)


@pytest.mark.parametrize('seed', range(10))
def test_steps_are_means_of_windows(seed):
    chance = np.random.default_rng(seed)
    starts, lengths = np.arange(20) * .5, chance.uniform(.3, 3, 12)
    windows = [
        Window(a, a + b, 0, 1)
        for a, b in zip(np.sort(chance.uniform(0, 8, 12)), lengths)
    ]
    scores = np.float32(chance.random((12, 52)))
    got = window_scores_to_steps(windows, scores, starts, starts + .5)
    for row, t in zip(got, starts + .25):
        inside = scores[[w.start <= t < w.end for w in windows]]
        expected = inside.mean(0) if len(inside) else np.full(52, np.nan)
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_a_clip_always_has_a_label():
    scores = np.full(52, .01)
    scores[[5, 9]] = .2, .25
    both = [Segment(1., 3., 5, .2), Segment(1., 3., 9, .25)]
    assert label_clip(scores, 1., 3., .3) == both[1:]
    assert label_clip(scores, 1., 3., .2) == both
