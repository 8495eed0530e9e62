# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmengine.dataset import ClassBalancedDataset

from mmaction_microaction.datasets import SingleLabelDataset


class Clips(SingleLabelDataset):

    def __init__(self, labels):
        self.labels = labels
        super().__init__('', pipeline=[], data_prefix={}, num_classes=4)

    def load_data_list(self):
        return [
            dict() if label is None else dict(label=label)
            for label in self.labels
        ]


def test_counts_and_categories():
    dataset = Clips([2, 0, 2, 2])
    assert dataset.class_counts().tolist() == [1, 0, 3, 0]
    assert [dataset.get_cat_ids(i) for i in range(4)] == [[2], [0], [2], [2]]
    # The rare class is repeated.
    balanced = ClassBalancedDataset(dataset, oversample_thr=0.75)
    assert len(balanced) > 4


def test_hidden_labels():
    with pytest.raises(ValueError, match='one label per clip'):
        Clips([None, 1]).class_counts()
