# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.results import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52


def test_no_steps(result):
    shape = (0, result.taxonomy.num_classes)
    result.step_scores = np.zeros(shape, np.float32)
    result.step_starts = result.step_ends = np.zeros(0)
    again = VideoResult.from_dict(result.to_dict())
    assert again.step_scores.shape == shape


def test_files_without_a_taxonomy_are_of_ma52(result):
    if result.taxonomy is not MA52:
        pytest.skip('there were no others')
    content = dict(result.to_dict(), schema_version='1.0')
    del content['taxonomy']
    again = VideoResult.from_dict(content)
    assert again.taxonomy is MA52 and again.segments == result.segments


@pytest.mark.parametrize('change', [
    dict(schema='coco'),
    dict(schema_version='2.0'),
    dict(schema_version=None),
])
def test_another_form(result, change):
    with pytest.raises(ValueError, match='schema 1.1'):
        VideoResult.from_dict({**result.to_dict(), **change})


def test_top_and_groups(result):
    labels = result.taxonomy.labels
    best = result.top(3)
    assert [a.index for a, _ in best] == sorted(
        range(len(labels)), key=lambda i: -result.scores[i])[:3]
    assert len(result.group_scores) == result.taxonomy.num_groups
    for group, score in enumerate(result.group_scores):
        total = sum(result.scores[a.index] for a in labels if a.group == group)
        assert score == pytest.approx(total)


def test_table(result):
    table, labels = result.to_dataframe(), result.taxonomy.labels
    assert table.action_name.tolist() == [labels[3].name, labels[-1].name]
    assert table.body_name[1] == labels[-1].group_name
    assert table.end.tolist() == [1., 1.5]
    result.segments = []
    assert list(result.to_dataframe().columns) == list(table.columns)


@pytest.mark.parametrize('values', [(1., 1., 0), (-1., 1., 0), (2., 1., 0),
                                    (0., 1., 52), (0., float('nan'), 0),
                                    (0., float('inf'), 0)])
def test_no_such_segment(values):
    with pytest.raises(ValueError):
        Segment(*values)
