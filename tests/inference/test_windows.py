# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.inference import (Window, merge_steps, plan_chunks,
                                            plan_windows, scores_of_steps)
from mmaction_microaction.inference.windows import (label_clip, make_steps,
                                                    scores_of_segments)
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
    """Frames at any times, windows of any length."""
    chance = np.random.default_rng(seed)
    times = np.cumsum(chance.exponential(.05, chance.integers(2, 300)))
    times -= times[0]
    end = float(times[-1] + .04)
    length = chance.uniform(.1, 3)
    stride = chance.uniform(.05, length)
    plan = plan_windows(times, end, length, stride)
    for window in plan.windows:
        inside = [i for i, t in enumerate(times)
                  if window.start <= t < window.end]  # yapf: disable
        assert inside == list(
            range(window.first, window.first + window.num_frames))
        assert window.end - window.start == pytest.approx(min(length, end))
    starts = [w.start for w in plan.windows]
    assert starts == sorted(starts) and plan.windows[0].start == 0
    seen = {i for w in plan.windows
            for i in range(w.first, w.first + w.num_frames)}  # yapf: disable
    assert seen == set(range(len(times)))
    assert plan.windows[-1].end == pytest.approx(end)
    np.testing.assert_array_equal(plan.step_starts[1:], plan.step_ends[:-1])
    assert plan.step_starts[0] == 0 and plan.step_ends[-1] == end


@pytest.mark.parametrize('count', [1, 512, 513, 1025, 3000])
def test_chunks_follow_each_other(count):
    times, end = even(count)
    chunks = plan_chunks(times, end, 512)
    sizes = [chunk.num_frames for chunk in chunks]
    firsts = np.cumsum([0, *sizes]).tolist()
    edges = [*times.tolist(), end]
    assert chunks == [
        Window(edges[a], edges[b], a, b - a)
        for a, b in zip(firsts, firsts[1:])
    ]
    assert len(chunks) == -(-count // 512) and firsts[-1] == count
    assert 0 < min(sizes) >= max(sizes) - 1 and max(sizes) <= 512


@pytest.mark.parametrize('end, ends', [(1.2, [.5, 1.2]), (1.3, [.5, 1., 1.3]),
                                       (.1, [.1])])
def test_steps_take_in_what_is_left_over(end, ends):
    assert make_steps(end, .5)[1].tolist() == ends


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
            if end - start >= min_duration - 1e-6:
                lengths = ends[run] - starts[run]
                score = sum(values[run] * lengths) / sum(lengths)
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
    settings = dict(
        threshold=chance.uniform(.4, .9),
        stay=chance.uniform(.1, .4),
        min_duration=chance.choice([0, .5, 1.2]),
        max_gap=chance.choice([0, .5, 1.]))
    got = [(s.start, s.action, s.end, s.score)
           for s in merge_steps(starts, ends, scores, **settings)]
    expected = loop(starts, ends, scores, **settings)
    assert [x[:3] for x in got] == [x[:3] for x in expected]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def steps(values):
    scores = np.zeros((len(values), 52))
    scores[:, 9] = values
    starts = np.arange(len(values)) * .5
    return starts, starts + .5, scores


def spans(*args, **kwargs):
    return [(s.start, s.end) for s in merge_steps(*args, **kwargs)]


def test_hysteresis():
    wavering = steps([.1, .2, .5, .25, .5, .2, .1, .2, .2])
    assert spans(*wavering, threshold=.4, stay=.2) == [(.5, 3.)]
    assert spans(*wavering, threshold=.4, stay=.4) == [(1., 1.5), (2., 2.5)]
    assert spans(*wavering, threshold=.6) == []
    assert merge_steps([], [], np.zeros((0, 52))) == []


@pytest.mark.parametrize('kwargs', [
    dict(threshold=0), dict(threshold=1.1), dict(stay=.4), dict(stay=0.),
    dict(min_duration=-1), dict(max_gap=float('inf'))
])  # yapf: disable
def test_settings_that_make_no_sense(kwargs):
    with pytest.raises(ValueError, match='expected|must be seconds'):
        merge_steps(*steps([.5]), **kwargs)


@pytest.mark.parametrize('seed', range(10))
def test_steps_are_means_of_windows(seed):
    chance = np.random.default_rng(seed)
    starts = np.arange(20) * .5
    ends = starts + .5
    lengths = chance.uniform(.3, 3, 12)
    windows = [
        Window(a, a + b, 0, 1)
        for a, b in zip(np.sort(chance.uniform(0, 8, 12)), lengths)
    ]
    scores = np.float32(chance.random((12, 52)))
    got = scores_of_steps(windows, scores, starts, ends)
    for row, middle in zip(got, starts + .25):
        inside = [x for w, x in zip(windows, scores)
                  if w.start <= middle < w.end]  # yapf: disable
        expected = np.mean(inside, 0) if inside else np.full(52, np.nan)
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_steps_have_the_best_of_what_covers_them():
    starts, segments = np.arange(4) * .5, [
        Segment(.2, 1.1, 9, .4),
        Segment(1., 2., 9, .3),
        Segment(.5, 1., 3, .2)
    ]
    got = scores_of_segments(segments, starts, starts + .5, 52)
    np.testing.assert_allclose(got[:, 9], [.4, .4, .4, .3])
    np.testing.assert_allclose(got[:, 3], [0, .2, 0, 0])
    assert got.sum() == pytest.approx(1.7)


def test_a_clip_always_has_a_label():
    scores = np.full(52, .01)
    scores[[5, 9]] = .2, .25
    both = [Segment(0., 2., 5, .2), Segment(0., 2., 9, .25)]
    assert label_clip(scores, 2., .3) == both[1:]
    assert label_clip(scores, 2., .2) == both
