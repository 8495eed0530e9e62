# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What holds for any scores: order and batches do not matter, bounds do."""
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmaction_microaction.evaluation import MicroActionMetric, ma52_scores
from mmaction_microaction.evaluation.functional import (detection_scores,
                                                        mean_average_precision,
                                                        multilabel_f1_macro)
from mmaction_microaction.inference.windows import merge_steps
from mmaction_microaction.taxonomy import Taxonomy

examples = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture])


def eighths(*shape):
    """Scores with ties, exact in float32."""
    return arrays(
        np.float32, shape, elements=st.integers(0, 8)).map(lambda x: x / 8)


@st.composite
def clips(draw):
    """Scores (N, 5), labels (N,) and a permutation of the clips."""
    count = draw(st.integers(1, 12))
    labels = draw(arrays(np.int64, count, elements=st.integers(0, 4)))
    order = draw(st.permutations(range(count)))
    return draw(eighths(count, 5)), labels, np.array(order)


@given(clips(), st.sampled_from(['lookup', 'sum']))
@examples
def test_scores_of_clips(five, given_clips, body):
    scores, labels, order = given_clips
    found = ma52_scores(scores, labels, body, five)
    again = ma52_scores(scores[order], labels[order], body, five)
    assert found == pytest.approx(again)
    assert all(0 <= x <= 1 for x in found.values())
    assert found['action_top1'] <= found['action_top5'] == 1
    if body == 'lookup':
        assert found['action_top1'] <= found['body_top1']


@given(clips(), st.lists(st.integers(0, 12), max_size=4))
@examples
def test_batches(five, given_clips, cuts):
    scores, labels, _ = given_clips
    samples = [dict(pred_score=x, gt_label=y) for x, y in zip(scores, labels)]
    metric = MicroActionMetric(artifacts=False)
    metric.dataset_meta = dict(taxonomy=five.to_dict())
    edges = [0, *sorted(cuts), len(samples)]
    for first, behind in zip(edges, edges[1:]):
        metric.process(None, samples[first:behind])
    found = metric.evaluate(len(samples))
    assert {k.split('/')[1]: x for k, x in found.items()} == pytest.approx(
        ma52_scores(scores, labels, 'lookup', five))  # yapf: disable


@given(clips(), st.data())
@examples
def test_many_labels(given_clips, data):
    scores, _, order = given_clips
    targets = data.draw(arrays(bool, scores.shape))
    for score in (mean_average_precision, multilabel_f1_macro):
        found = score(scores, targets)
        assert 0 <= found <= 1
        assert found == pytest.approx(score(scores[order], targets[order]))


@st.composite
def detections(draw):
    """Truth and predictions of two videos, no two scores alike."""
    truth, found = {}, {}
    times = st.tuples(st.integers(0, 30), st.integers(1, 9))
    for video in 'ab':
        for rows in (truth, found):
            spans = draw(st.lists(times, max_size=6))
            segments = np.array([(a, a + b) for a, b in spans], float)
            labels = draw(
                arrays(np.int64, len(spans), elements=st.integers(0, 4)))
            rows[video] = segments.reshape(-1, 2), labels
    order = draw(st.permutations(range(12)))
    for number, video in enumerate('ab'):
        count = len(found[video][1])
        scores = np.array(order)[6 * number:][:count] / 12
        found[video] = (*found[video], scores)
    return truth, found


@given(detections(), st.sampled_from(['baseline', 'opentad']))
@examples
def test_scores_of_detections(five, given_rows, flavour):
    truth, found = given_rows
    scores = detection_scores(truth, found, (.1, .5), flavour, five)
    assert all(0 <= x <= 1 for x in scores.values())
    turned = {
        video: tuple(x[::-1] for x in found[video])
        for video in reversed(found)
    }
    assert scores == pytest.approx(
        detection_scores(truth, turned, (.1, .5), flavour, five))
    if flavour == 'opentad' and any(len(x) for _, x in truth.values()):
        right = {
            video: (*rows, np.ones(len(rows[1])))
            for video, rows in truth.items()
        }
        scores = detection_scores(truth, right, (.1, 1.), flavour, five)
        assert set(scores.values()) == {1.}


@given(st.data())
@examples
def test_merging(five, data):
    count = data.draw(st.integers(1, 12))
    scores = data.draw(eighths(count, 5))
    gap = data.draw(st.sampled_from([0., .5, 1.]))
    starts = np.arange(count) / 2
    options = dict(threshold=.5, stay=.25, taxonomy=five)
    found = merge_steps(starts, starts + .5, scores, max_gap=gap, **options)
    assert found == sorted(found, key=lambda s: (s.start, s.action, s.end))
    by_class = {k: [s for s in found if s.action == k] for k in range(5)}
    for k, its in by_class.items():
        inside = np.zeros(count, bool)
        for s in its:
            assert s.start >= 0 and s.end <= count / 2
            inside |= (starts >= s.start) & (starts < s.end)
        assert all(a.end + gap < b.start + 1e-6 for a, b in zip(its, its[1:]))
        assert set(np.flatnonzero(scores[:, k] >= .5)) <= set(
            np.flatnonzero(inside))
        if not gap:
            assert (scores[inside, k] >= .25).all()
    # Steps cut in two give the same.
    halves = np.arange(2 * count) / 4
    again = merge_steps(
        halves, halves + .25, scores.repeat(2, axis=0), max_gap=gap, **options)
    assert [(s.start, s.end, s.action)
            for s in again] == [(s.start, s.end, s.action) for s in found]
    assert [s.score for s in again] == pytest.approx([s.score for s in found])
    longer = merge_steps(
        starts, starts + .5, scores, max_gap=gap, min_duration=1., **options)
    assert longer == [s for s in found if s.duration >= 1]  # yapf: disable


@given(st.data())
@examples
def test_label_sets_as_plain_types(five, data):
    names = data.draw(st.lists(st.sampled_from(five.names), unique=True,
                               min_size=1))  # yapf: disable
    part = five.subset(names)
    assert Taxonomy.load(part.to_dict()) == part and part.names == tuple(names)
    scores = data.draw(eighths(3, len(names)))
    sums = part.group_scores(scores)
    assert sums.sum(-1) == pytest.approx(scores.sum(-1))
