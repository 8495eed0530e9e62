# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results; runs are compared in tests/engine/test_provenance_hook.py."""
import copy

import numpy as np
import pytest

from mmaction_microaction.analysis import compare_runs, read_records
from mmaction_microaction.results import (Segment, VideoInfo, VideoResult,
                                          write_json)
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError


@pytest.fixture
def result():
    scores = np.full((2, 52), 1 / 52, np.float32)
    return VideoResult(
        VideoInfo('a.mp4', '/x/a.mp4', 64, 48, 45, 30., 1.5), scores.mean(0),
        np.array([0., 1.]), np.array([1., 1.5]), scores,
        [Segment(0., 1., 3, .5)], 'manet', dict(threshold=.3), MA52,
        dict(versions=dict(torch='1'), git=None))


@pytest.fixture
def write(tmp_path):
    """A function that writes results by name; returns their folder."""

    def make(folder, **results):
        for name, result in results.items():
            path = tmp_path / folder / name / 'predictions.json'
            path.parent.mkdir(parents=True)
            write_json(result, str(path))
        return str(tmp_path / folder)

    return make


def test_results(result, write):
    other = copy.deepcopy(result)
    other.provenance['versions']['torch'] = '2'
    moved = copy.deepcopy(other)
    moved.video = VideoInfo('a.mp4', 'elsewhere', 64, 48, 45, 30., 1.5)
    moved.segments[0] = Segment(0., 1.2, 3, .5)
    moved.step_scores[1, 7] += .25
    one = read_records(write('one', a=result, b=result, c=result))
    two = read_records(write('two', a=other, b=moved))
    assert compare_runs(one, one) == []
    assert compare_runs(one, two) == [
        'versions.torch: "1" | "2"',
        f'b: segments.0.000 to 1.000 s, {MA52.names[3]}: 0.5 | -',
        f'b: segments.0.000 to 1.200 s, {MA52.names[3]}: - | 0.5',
        'b: steps.scores: differ by up to 0.25',
        'c: only in the first',
    ]
    found = compare_runs(one, two, ['versions', 'segments'], .26)
    assert found == ['c: only in the first']


def test_one_video(result, write, tmp_path):
    folder = write('one', a=result)
    record = read_records(f'{folder}/a')
    again = read_records(f'{folder}/a/predictions.json')
    assert compare_runs(record, again) == []
    assert list(record) == [''] and list(read_records(folder)) == ['a']


@pytest.mark.parametrize('content', ['[]', '{', '{"schema": "x"}'])
def test_none_of_these(tmp_path, content):
    with pytest.raises(UserError, match='neither provenance.json'):
        read_records(str(tmp_path))
    for name in ('provenance.json', 'predictions.json'):
        (tmp_path / name).write_text(content)
        with pytest.raises(UserError, match=name):
            read_records(str(tmp_path / name))


def test_a_run_and_a_result():
    with pytest.raises(UserError, match='two of a kind'):
        compare_runs({'': dict(segments={})}, {'': dict(seed=1)})
