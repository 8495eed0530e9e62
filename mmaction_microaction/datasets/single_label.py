# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the data sets of clips with one label each have in common.

Shapes: K classes.
"""
from typing import List

import numpy as np
from mmaction.datasets import BaseActionDataset
from mmengine.dataset import force_full_init

from .label_stats import count_classes, labels_of


class SingleLabelDataset(BaseActionDataset):
    """Clips whose data info has one ``label``, or none where it is hidden."""

    def get_cat_ids(self, idx: int) -> List[int]:
        """Classes of a clip, for MMEngine's ``ClassBalancedDataset``.

        Args:
            idx (int): Number of the clip.

        Returns:
            list[int]: Its one label.
        """
        return [self.get_data_info(idx)['label']]

    @force_full_init
    def class_counts(self) -> np.ndarray:
        """Number of clips of every class.

        Returns:
            np.ndarray: (K,) int64.

        Raises:
            ValueError: If the clips have no labels.
        """
        return count_classes(labels_of(self), self.num_classes)
