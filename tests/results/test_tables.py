# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import json

import numpy as np
import pandas
import pytest

from mmaction_microaction.results.tables import (read_json, write_frames_csv,
                                                 write_json,
                                                 write_segments_csv)


def test_json_and_back(result, tmp_path):
    path = tmp_path / 'predictions.json'
    write_json(result, path)
    assert json.loads(path.read_text()) == result.to_dict()
    back = read_json(path)
    assert back.to_dict() == result.to_dict()
    assert back.segments == result.segments and back.video == result.video
    assert back.taxonomy == result.taxonomy
    np.testing.assert_array_equal(back.step_scores, result.step_scores)


@pytest.mark.parametrize('content', [
    '', '[]', '{}', '{"a": 1}', '7', '{"schema": "mmaction-microaction/'
    'predictions", "schema_version": "1.0"}'
])
def test_json_of_something_else(content, tmp_path):
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(ValueError, match='predictions.json'):
        read_json(tmp_path / 'a.json')


def test_segments(result, tmp_path):
    path = tmp_path / 'segments.csv'
    write_segments_csv(result, path)
    pandas.testing.assert_frame_equal(
        pandas.read_csv(path), result.to_dataframe())
    result.segments = []
    write_segments_csv(result, path)
    assert path.read_text().splitlines() == [
        'start,end,action,action_name,body,body_name,score'
    ]


def test_frames(result, tmp_path):
    path = tmp_path / 'frames.csv'
    times = np.arange(45) / 30
    write_frames_csv(result, path, times)
    table = pandas.read_csv(path)
    assert list(table) == ['frame', 'timestamp', *result.taxonomy.names]
    assert table['frame'].tolist() == list(range(45))
    # As OpenFace writes them, so that tables join on them.
    with open(path) as file:
        assert [row['timestamp'] for row in csv.DictReader(file)
                ] == [f'{t:.3f}' for t in times]
    for i, time in enumerate(times):
        expected = result.step_scores[i * 2 // 30]
        np.testing.assert_allclose(table.iloc[i, 2:], expected, atol=1e-6)


def test_frames_of_no_step(result, tmp_path):
    result.step_starts = np.array([.2, .5, 1.])
    result.step_ends = np.array([.4, 1., 1.2])
    write_frames_csv(result, tmp_path / 'f.csv', np.array([.1, .3, .45, 1.3]))
    table = pandas.read_csv(tmp_path / 'f.csv')
    assert table.iloc[:, 2].isna().tolist() == [True, False, True, True]


def test_a_failure_leaves_nothing(result, tmp_path):
    result.settings = dict(bad=object())
    with pytest.raises(TypeError):
        write_json(result, tmp_path / 'a.json')
    result.settings = dict(bad=float('nan'))
    with pytest.raises(ValueError):
        write_json(result, tmp_path / 'a.json')
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError):
        write_segments_csv(result, tmp_path / 'none' / 'a.csv')
