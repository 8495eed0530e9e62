# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest

from mmaction_microaction.labels import ACTIONS, get_action
from mmaction_microaction.results import Segment, VideoInfo, VideoResult


@pytest.fixture
def result():
    rng = np.random.default_rng(0)
    steps = rng.dirichlet(np.ones(52), 3).astype(np.float32)
    return VideoResult(
        VideoInfo('a.mp4', 'x/a.mp4', 64, 48, 90, 30., 3., ('cut off', )),
        steps.mean(axis=0), np.arange(3.), np.arange(1., 4.), steps,
        [Segment(0.5, 1.25, 9, 0.75),
         Segment(2., 3., 51)], 'manet', dict(stride=1.))


def test_json_and_back(result):
    again = VideoResult.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again.video == result.video and again.segments == result.segments
    np.testing.assert_array_equal(again.scores, result.scores)
    np.testing.assert_array_equal(again.step_scores, result.step_scores)
    np.testing.assert_array_equal(again.step_ends, result.step_ends)
    assert (again.source, again.settings) == ('manet', dict(stride=1.))


def test_no_steps(result):
    result.step_scores = np.zeros((0, 52), np.float32)
    result.step_starts = result.step_ends = np.zeros(0)
    assert VideoResult.from_dict(result.to_dict()).step_scores.shape == (0, 52)


@pytest.mark.parametrize('change', [
    dict(schema='coco'),
    dict(schema_version='2.0'),
    dict(schema_version=None),
])
def test_another_form(result, change):
    with pytest.raises(ValueError, match='schema 1.0'):
        VideoResult.from_dict({**result.to_dict(), **change})


def test_top_and_bodies(result):
    best = result.top(3)
    assert [a.index for a, _ in best] == sorted(
        range(52), key=lambda i: -result.scores[i])[:3]
    for part in range(7):
        total = sum(result.scores[a.index] for a in ACTIONS
                    if a.body_index == part)
        assert result.body_scores[part] == pytest.approx(total)


def test_table(result):
    table = result.to_dataframe()
    assert table.action_name.tolist() == ['nodding', ACTIONS[51].name]
    assert table.body_name[0] == get_action('nodding').body_name
    assert table.end.tolist() == [1.25, 3.]
    result.segments = []
    assert list(result.to_dataframe().columns) == list(table.columns)


@pytest.mark.parametrize('values', [(1., 1., 0), (-1., 1., 0), (2., 1., 0),
                                    (0., 1., 52), (0., float('nan'), 0),
                                    (0., float('inf'), 0)])
def test_no_such_segment(values):
    with pytest.raises(ValueError):
        Segment(*values)
