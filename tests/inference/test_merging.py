# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.inference import Window, merge_steps, scores_of_steps
from mmaction_microaction.inference.merging import (label_clip,
                                                    scores_of_segments)
from mmaction_microaction.results import Segment


def loop(starts, ends, scores, threshold, stay, min_duration, max_gap):
    """Step by step, class by class."""
    found = []
    for k in range(scores.shape[1]):
        runs, run = [], []
        for i, score in enumerate(scores[:, k]):
            if run and starts[i] > ends[i - 1] + 1e-6:
                runs.append(run)
                run = []
            if score >= stay:
                run.append(i)
            elif run:
                runs.append(run)
                run = []
        runs.append(run)
        runs = [r for r in runs if any(scores[i, k] >= threshold for i in r)]
        joined = []
        for run in runs:
            gap = joined and starts[run[0]] - ends[joined[-1][-1]]
            if joined and max_gap and gap <= max_gap + 1e-6:
                joined[-1] += run
            else:
                joined.append(list(run))
        for run in joined:
            start, end = starts[run[0]], ends[run[-1]]
            if end - start >= min_duration - 1e-6:
                lengths = [ends[i] - starts[i] for i in run]
                score = sum(scores[i, k] * d
                            for i, d in zip(run, lengths)) / sum(lengths)
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
    got = merge_steps(starts, ends, scores, **settings)
    expected = loop(starts, ends, scores, **settings)
    assert [(s.start, s.action, s.end) for s in got] == \
        [x[:3] for x in expected]
    np.testing.assert_allclose([s.score for s in got],
                               [x[3] for x in expected],
                               rtol=1e-5)


def steps(values, action=9):
    scores = np.zeros((len(values), 52))
    scores[:, action] = values
    starts = np.arange(len(values)) * .5
    return starts, starts + .5, scores


def spans(*args, **kwargs):
    return [(s.start, s.end) for s in merge_steps(*args, **kwargs)]


def test_hysteresis():
    wavering = steps([.1, .2, .5, .25, .5, .2, .1, .2, .2])
    assert spans(*wavering, threshold=.4, stay=.2) == [(.5, 3.)]
    assert spans(*wavering, threshold=.4, stay=.4) == [(1., 1.5), (2., 2.5)]


def test_nothing():
    assert spans(*steps([.1, .2])) == []
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
    for i in range(20):
        middle = starts[i] + .25
        inside = [j for j, w in enumerate(windows)
                  if w.start <= middle < w.end]  # yapf: disable
        if inside:
            np.testing.assert_allclose(
                got[i], scores[inside].mean(0), atol=1e-6)
        else:
            assert np.isnan(got[i]).all()


def test_steps_have_the_best_of_what_covers_them():
    starts = np.arange(4) * .5
    got = scores_of_segments([
        Segment(.2, 1.1, 9, .4),
        Segment(1., 2., 9, .3),
        Segment(.5, 1., 3, .2)
    ], starts, starts + .5, 52)
    np.testing.assert_allclose(got[:, 9], [.4, .4, .4, .3])
    np.testing.assert_allclose(got[:, 3], [0, .2, 0, 0])
    assert got.sum() == pytest.approx(1.7)


def test_a_clip_always_has_a_label():
    scores = np.full(52, .01)
    scores[[5, 9]] = .2, .25
    assert label_clip(scores, 2., .3) == [Segment(0., 2., 9, .25)]
    assert label_clip(scores, 2.,
                      .2) == [Segment(0., 2., 5, .2),
                              Segment(0., 2., 9, .25)]
