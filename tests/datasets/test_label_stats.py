# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import numpy as np
import pytest
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset

from mmaction_microaction.datasets import (count_classes, labels_of,
                                           long_tail_stats)


class Labels(BaseDataset):
    """A data set of nothing but labels."""

    def __init__(self, infos, **kwargs):
        self.infos = infos
        super().__init__(**kwargs)

    def load_data_list(self):
        return [dict(info) for info in self.infos]


def labels(*values):
    return Labels([dict(label=value) for value in values])


def test_labels_of_wrappers():
    first, second = labels(3, 1), labels(2)
    assert labels_of(first).tolist() == [3, 1]
    assert labels_of(ConcatDataset([first, second])).tolist() == [3, 1, 2]
    assert labels_of(RepeatDataset(first, 2)).tolist() == [3, 1, 3, 1]


@pytest.mark.parametrize('info', [
    dict(), dict(label=-1), dict(label=None), dict(label=np.array([0., 1.]))
])  # yapf: disable
def test_labels_of_refuses(info):
    with pytest.raises(ValueError, match='one label per clip, but clip 1'):
        labels_of(Labels([dict(label=0), info]))


def test_count_classes():
    values = np.random.default_rng(0).integers(0, 5, 40)
    expected = [int((values == k).sum()) for k in range(7)]
    assert count_classes(values, 7).tolist() == expected
    assert count_classes([], 3).tolist() == [0, 0, 0]


def test_long_tail_stats():
    stats = long_tail_stats(np.array([1283, 101, 100, 20, 19, 6, 0]))
    assert stats == dict(
        counts=[1283, 101, 100, 20, 19, 6, 0],
        imbalance_ratio=pytest.approx(1283 / 6),
        head=[0, 1],
        medium=[2, 3],
        tail=[4, 5, 6],
        absent=[6])


def test_long_tail_stats_without_clips():
    stats = long_tail_stats(np.zeros(2, dtype=int))
    assert math.isnan(stats['imbalance_ratio'])
    assert stats['absent'] == [0, 1]
