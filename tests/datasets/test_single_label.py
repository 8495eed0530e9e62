# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset

from mmaction_microaction.datasets import (SingleLabelDataset, count_classes,
                                           labels_of, long_tail_stats)


class Clips(SingleLabelDataset):
    """Nothing but data infos."""

    def __init__(self, *infos):
        self.infos = infos
        super().__init__('', pipeline=[], data_prefix={}, num_classes=4)

    def load_data_list(self):
        return [dict(x) for x in self.infos]


def test_counts_and_labels():
    dataset = Clips(*(dict(label=i) for i in (2, 0, 2, 2)))
    second = Clips(dict(label=1))
    assert [dataset.get_cat_ids(i) for i in range(4)] == [[2], [0], [2], [2]]
    # The rare class is repeated.
    assert len(ClassBalancedDataset(dataset, oversample_thr=0.75)) > 4
    labels = labels_of(ConcatDataset([dataset, second]))
    assert labels.tolist() == [2, 0, 2, 2, 1]
    assert labels_of(RepeatDataset(second, 2)).tolist() == [1, 1]
    assert count_classes(labels, 5).tolist() == [1, 1, 3, 0, 0]
    assert count_classes([], 3).tolist() == [0, 0, 0]
    for hidden in ({}, *(dict(label=x) for x in (-1, None, np.zeros(2)))):
        with pytest.raises(ValueError, match='one label per clip, but clip 1'):
            labels_of(Clips(dict(label=0), hidden))


def test_long_tail_stats():
    assert long_tail_stats([1283, 101, 100, 20, 19, 6, 0]) == dict(
        imbalance_ratio=pytest.approx(1283 / 6),
        head=[0, 1],
        medium=[2, 3],
        tail=[4, 5, 6],
        absent=[6])
    without = long_tail_stats([0, 0])
    assert np.isnan(without['imbalance_ratio'])
    assert without['absent'] == [0, 1]
