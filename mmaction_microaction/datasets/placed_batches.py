# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Batches of a training whose samples know their place in it."""
from typing import Iterator, List, Optional, Tuple

import numpy as np
from torch.utils.data import DataLoader

from .sample_fetcher import SampleFetcher


class Place(int):
    """Index of a sample, with the seed of its random numbers."""
    seed: Optional[int] = None


class PlacedBatches:
    """The batches of a batch sampler, B :class:`Place` each."""

    def __init__(self, batches, fetcher: SampleFetcher) -> None:
        self._batches, self.fetcher = batches, fetcher
        #: Seed, epoch and rank; None leaves the generators as they are.
        self.origin: Optional[Tuple[int, int, int]] = None
        #: Number of batches at the start of the epoch that are left out.
        self.skip = 0

    def __getattr__(self, name: str):
        if name.startswith('_'):  # while a copy is being made
            raise AttributeError(name)
        return getattr(self._batches, name)

    def __len__(self) -> int:
        return len(self._batches)  # of a whole epoch, as loop and hooks expect

    def __iter__(self) -> Iterator[List[Place]]:
        for number, batch in enumerate(self._batches):
            if number < self.skip:
                continue
            places = [Place(index) for index in batch]
            if self.origin is not None:
                for slot, place in enumerate(places):
                    place.seed = derive_seed(*self.origin, number, slot)
            yield places


def place_batches(loader: DataLoader) -> PlacedBatches:
    """Put :class:`PlacedBatches` and :class:`SampleFetcher` into a loader that
    has no workers yet; of one that has them, return what is there."""
    batches = loader.batch_sampler
    if not isinstance(batches, PlacedBatches):
        fetcher = SampleFetcher(loader.dataset)
        loader.dataset.__getitems__ = fetcher  # PyTorch's name for batches
        batches = PlacedBatches(batches, fetcher)
        # A loader refuses it, in case that it has been iterated.
        object.__setattr__(loader, 'batch_sampler', batches)
    return batches


def derive_seed(*numbers: int) -> int:
    """A seed, 0 to 2^31 - 1, that shares nothing with that of others."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)
