# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""N clips with one of K labels each, and their class imbalance."""
from typing import Any, List, Sequence

import numpy as np
from mmaction.datasets import BaseActionDataset

from mmaction_microaction.utils.errors import UserError


class SingleLabelDataset(BaseActionDataset):
    """Clips whose data info has one ``label``, or none if hidden."""

    def get_cat_ids(self, idx: int) -> List[int]:
        """The one class of a clip, for MMEngine's ``ClassBalancedDataset``."""
        return [self.get_data_info(idx)['label']]


def labels_of(dataset: Any) -> np.ndarray:
    """(N,) int64 labels of a data set or a wrapper of MMEngine (concatenated,
    repeated, class-balanced), without loading videos; UserError unless each
    clip has one label."""
    labels = []
    for index in range(len(dataset)):
        label = dataset.get_data_info(index).get('label')
        if np.size(label) != 1 or label is None or label < 0:
            raise UserError(
                f'expected one label per clip, but clip {index} of the '
                f'{type(dataset).__name__} has label {label!r} (the test '
                'split of MA-52 has no true labels)')
        labels.append(int(label))
    return np.array(labels, np.int64)


def count_classes(labels: Sequence[int], num_classes: int) -> np.ndarray:
    """Number of clips per class, (K,) int64, from (N,) labels."""
    return np.bincount(np.asarray(labels, np.int64), minlength=num_classes)


def long_tail_stats(counts: np.ndarray) -> dict:
    """Statistics of a long-tailed class distribution.

    Args:
        counts (np.ndarray): (K,) int, clips per class.

    Returns:
        dict: ``imbalance_ratio`` (largest over smallest class present; nan
        without clips), and lists of classes: ``head`` (more than 100 clips),
        ``medium``, ``tail`` (fewer than 20), ``absent`` (0). The bounds are
        those of ImageNet-LT (Liu et al., "Large-Scale Long-Tailed Recognition
        in an Open World", CVPR 2019, Sec. 5).
    """
    counts = np.asarray(counts)
    present = counts[counts > 0]
    ratio = present.max() / present.min() if present.size else float('nan')
    head, tail = counts > 100, counts < 20
    groups = dict(
        head=head, medium=~head & ~tail, tail=tail, absent=counts == 0)
    stats = {name: np.flatnonzero(x).tolist() for name, x in groups.items()}
    return dict(stats, imbalance_ratio=float(ratio))
