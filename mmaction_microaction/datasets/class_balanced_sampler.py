# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math
from typing import Iterator, Optional

import numpy as np
import torch
from mmaction.registry import DATA_SAMPLERS
from mmengine.dataset import DefaultSampler

from mmaction_microaction.utils.errors import UserError
from .single_label import labels_of


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(DefaultSampler):
    """Sample clips with replacement, each class in proportion to m ** (1 -
    alpha), where m = max(n, ``min_count``) for a class of n clips.

    ``alpha=1`` draws all classes alike, 0.5 is square-root sampling, 0 follows
    the data (Kang et al., "Decoupling Representation and Classifier for
    Long-Tailed Recognition", ICLR 2020, Sec. 3, with q = 1 - alpha). With
    ``alpha=0, min_count=100`` a class of fewer than 100 clips is drawn 100
    times per epoch on average, as if its clips were duplicated. All ranks
    share one permutation, by seed and epoch.

    Args:
        dataset (BaseDataset): Of single-label clips, or a wrapper.
        alpha (float): Strength of the balancing, 0 to 1.
        epoch_length (int, optional): Clips per epoch over all ranks, rounded
            up to a multiple of their number. None for the sum of m.
        min_count (int): Lower bound of m.
        shuffle (bool): Must be True; for configs of another sampler.
        seed (int, optional): As of ``DefaultSampler``.

    Raises:
        UserError: If ``alpha`` or ``shuffle`` is invalid.
    """

    def __init__(self,
                 dataset,
                 alpha: float = 1.,
                 epoch_length: Optional[int] = None,
                 min_count: int = 0,
                 shuffle: bool = True,
                 seed: Optional[int] = None) -> None:
        if not 0 <= alpha <= 1:
            raise UserError('alpha of ClassBalancedSampler must lie between '
                            f'0 and 1, but got {alpha}')
        if not shuffle:
            raise UserError('ClassBalancedSampler draws by chance; use '
                            'DefaultSampler for shuffle=False')
        super().__init__(dataset, shuffle=True, seed=seed)
        _, class_of, counts = np.unique(
            labels_of(dataset), return_inverse=True, return_counts=True)
        wanted = np.maximum(counts, min_count)
        length = wanted.sum() if epoch_length is None else epoch_length
        self.num_samples = math.ceil(length / self.world_size)
        self.total_size = self.num_samples * self.world_size
        #: (N,) float64, not normalised.
        self.weights = torch.from_numpy(
            (wanted**(1 - float(alpha)) / counts)[class_of])

    def __iter__(self) -> Iterator[int]:
        """Indices of this rank."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        drawn = torch.multinomial(
            self.weights, self.total_size, True, generator=generator)
        return iter(drawn[self.rank::self.world_size].tolist())
