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


@pytest.mark.parametrize('result', ['ma52'], indirect=True)
def test_files_without_a_taxonomy_are_of_ma52(result):
    content = dict(result.to_dict(), schema_version='1.0')
    del content['taxonomy']
    again = VideoResult.from_dict(content)
    assert again.provenance == {}
    assert again.taxonomy is MA52 and again.segments == result.segments


def test_top_and_groups(result):
    labels, scores = result.taxonomy.labels, result.scores
    best = sorted(labels, key=lambda x: -scores[x.index])[:3]
    assert result.top(3) == [(x, scores[x.index]) for x in best]
    groups = np.bincount(result.taxonomy.group_index, scores)
    assert result.group_scores == pytest.approx(groups)


@pytest.mark.parametrize('values, text', [
    *(((*times, 0), 'needs 0 <= start < end')
      for times in ((1, 1), (-1, 1), (0, np.nan), (0, np.inf))),
    *(((0., 1., 0, score), 'a score must be 0 to 1, but got ')
      for score in (-.1, 1.5, 87, np.nan, np.inf)),
    ((0., 1., 52), 'action must be 0 to 51, but got 52'),
])
def test_no_such_segment(values, text):
    with pytest.raises(ValueError, match=text):
        Segment(*values)
