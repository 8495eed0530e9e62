# Copyright (c) mmaction-microaction contributors. All rights reserved.
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
    for key in ('segments', 'video', 'taxonomy'):
        assert getattr(back, key) == getattr(result, key)
    assert (back.step_scores == result.step_scores).all()


OURS = '{"schema": "mmaction-microaction/predictions", "schema_version": %s}'


@pytest.mark.parametrize('content, text', [
    ('', 'is no predictions.json'),
    ('[]', 'is no predictions.json'),
    ('[' * 100000, 'it is nested too deep'),
    ('{}', 'schema 1.3, but got None'),
    ('{"schema": "coco", "schema_version": "1.1"}', "but got 'coco' 1.1"),
    (OURS % '"2.0"', 'schema 1.3, but got .* 2.0'),
    (OURS % '"1.0"', "is no predictions.json .'steps'"),
])
def test_json_of_something_else(content, text, tmp_path):
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(ValueError, match=f'^{tmp_path}/a.json.*{text}'):
        read_json(tmp_path / 'a.json')


def test_segments(result, tmp_path):
    path, labels = tmp_path / 'segments.csv', result.taxonomy.labels
    write_segments_csv(result, path)
    table = result.to_dataframe()
    pandas.testing.assert_frame_equal(pandas.read_csv(path), table)
    first, last = labels[3], labels[-1]
    assert table.iloc[:, :-1].values.tolist() == [[
        0, 1, 3, first.name, first.group, first.group_name
    ], [.5, 1.5, last.index, last.name, last.group, last.group_name]]
    result.segments = []
    write_segments_csv(result, path)
    header = 'start,end,action,action_name,body,body_name,score'
    assert path.read_text() == header + '\n'
    assert ','.join(result.to_dataframe().columns) == header


def test_frames(result, tmp_path):
    times = np.arange(45) / 30
    write_frames_csv(result, tmp_path / 'f.csv', times)
    table = pandas.read_csv(tmp_path / 'f.csv', dtype=dict(timestamp=str))
    assert list(table) == ['frame', 'timestamp', *result.taxonomy.names]
    assert table['frame'].tolist() == list(range(45))
    # As OpenFace writes them, so that tables join on them.
    assert table['timestamp'].tolist() == [f'{t:.3f}' for t in times]
    expected = result.step_scores[np.arange(45) * 2 // 30]
    np.testing.assert_allclose(table.iloc[:, 2:], expected, atol=5.1e-5)
    # Some frames are of no step.
    result.step_starts = np.array([.2, .5, 1.])
    result.step_ends = np.array([.4, 1., 1.2])
    write_frames_csv(result, tmp_path / 'f.csv', np.array([.1, .3, .45, 1.3]))
    table = pandas.read_csv(tmp_path / 'f.csv')
    assert table.iloc[:, 2].isna().tolist() == [True, False, True, True]
