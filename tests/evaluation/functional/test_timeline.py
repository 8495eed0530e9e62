# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import (
    expected_calibration_error, fit_reliability, fit_thresholds,
    match_timelines, timeline_scores)
from mmaction_microaction.taxonomy import MA52

A, B = 5, 6  # two head actions


def iou(a, b):
    shared = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    return shared / (a[1] - a[0] + b[1] - b[0] - shared)


def loop_hits(truth, found, threshold):
    """(score, hit) of one video, by a plain loop."""
    free, rows = list(truth), []
    for span, label, score in sorted(found, key=lambda x: -x[2]):
        near = [x for x in free if x[1] == label]
        best = max(near, key=lambda x: iou(span, x[0]), default=None)
        hit = best is not None and iou(span, best[0]) >= threshold
        if hit:
            free.remove(best)
        rows.append((score, hit))
    return rows


def columns(rows, scored=True):
    spans, labels, *scores = zip(*rows) if rows else ((), (), ())
    return (spans, labels, *scores) if scored else (spans, labels)


@pytest.mark.parametrize('threshold', [.3, .5, .7])
def test_against_a_plain_loop(threshold):
    rng = np.random.default_rng(0)

    def segments(count):
        starts = rng.uniform(0, 20, count)
        return [((s, s + length), int(k)) for s, length, k in zip(
            starts, rng.uniform(.5, 4, count), rng.integers(5, 9, count))]

    truth = {v: segments(n) for v, n in (('a', 12), ('b', 0), ('c', 9))}
    found = {}
    for v, n in (('a', 8), ('b', 3)):
        # Some are near a true one, two near the same.
        near = [((x + rng.normal(0, .2), y + rng.normal(0, .2)), k)
                for (x, y), k in truth[v][:6] + truth[v][:1]]
        found[v] = [(*x, p)
                    for x, p in zip(near + segments(n), rng.random(15))]
    rows = [
        row for v in truth
        for row in loop_hits(truth[v], found.get(v, []), threshold)
    ]
    ours = match_timelines({
        v: columns(x, False)
        for v, x in truth.items()
    }, {
        v: columns(x)
        for v, x in found.items()
    }, threshold)
    assert sorted(zip(ours.scores, ours.hits)) == sorted(rows)
    assert (np.diff(ours.scores) <= 0).all() and ours.counts.sum() == 21
    hits = sum(hit for _, hit in rows)
    scores = timeline_scores({
        v: columns(x, False)
        for v, x in truth.items()
    }, {
        v: columns(x)
        for v, x in found.items()
    }, (threshold, ))
    assert hits and scores[f'action_f1@{threshold}'] == 2 * hits / (
        len(rows) + 21)
    assert scores[f'action_recall@{threshold}'] == hits / 21
    assert scores[f'body_f1@{threshold}'] >= scores[f'action_f1@{threshold}']


def test_errors_levels_and_nothing():
    truth = {'v': (((1., 2.), (5., 7.)), (A, A))}
    found = {'v': (((1.1, 2.), (5., 6.7)), (A, B), (.9, .8))}
    scores = timeline_scores(truth, found)
    assert scores['action_f1@0.5'] == .5 and scores['body_f1@0.7'] == 1
    assert scores['onset'] == pytest.approx(.1) and scores['offset'] == 0
    empty = timeline_scores({'v': ((), ())}, {})
    assert np.isnan([empty['action_f1@0.5'], empty['onset']]).all()
    assert timeline_scores(truth, {})['action_f1@0.5'] == 0
    with pytest.raises(ValueError, match='1 videos without truth'):
        timeline_scores({}, found)
    body = match_timelines(truth, found, body=True)
    assert len(body.counts) == MA52.num_groups and body.hits.all()


def test_thresholds_are_those_of_the_best_f1():
    rng = np.random.default_rng(1)
    truth = {'v': (np.arange(40)[:, None] + (0., .9), np.full(40, A))}
    labels = np.repeat([A, B], (60, 20))
    spans = rng.choice(40, 80)[:, None] + (0., .9)
    found = {'v': (spans, labels, np.round(rng.random(80), 2))}
    matched = match_timelines(truth, found)
    ours = fit_thresholds(matched, prior=0)
    its = matched.labels == A

    def f1(threshold):
        shown = its & (matched.scores >= threshold)
        return 2 * (shown & matched.hits).sum() / (shown.sum() + 40)

    assert f1(ours[A]) == max(map(f1, matched.scores)) > 0
    shrunk = fit_thresholds(matched, prior=1e6)
    np.testing.assert_allclose(shrunk, shrunk[0])  # one for all
    nothing = match_timelines(truth, {})
    assert np.isinf(fit_thresholds(nothing)).all()


def test_reliability_and_its_error():
    scores = np.array([.1, .2, .3, .4, .5, .6])
    hits = np.array([0, 0, 1, 0, 1, 1], bool)
    points, share = fit_reliability(scores, hits)
    fitted = np.interp(scores, points, share)
    # Pool adjacent violators, by hand.
    np.testing.assert_allclose(fitted, [0, 0, .5, .5, 1, 1])
    assert expected_calibration_error(fitted, hits) == 0
    assert expected_calibration_error([1., 1.], [True, False]) == .5
    assert expected_calibration_error([.05, .95], [False, True]) \
        == pytest.approx(.05)
    assert np.isnan(expected_calibration_error([], []))
    assert len(fit_reliability(scores[:0], hits[:0])[0]) == 0
