# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Load samples of a training, or others where a clip is broken."""
import logging
from typing import Any, Iterator, List, Optional, Sequence, Set, Tuple

import numpy as np
from mmengine.dataset import worker_init_fn
from mmengine.logging import print_log

from mmaction_microaction.utils.errors import UserRuntimeError, reason_of
from mmaction_microaction.utils.workers import call_in_time
from .action_windows import ActionWindows

#: Key of ``metainfo`` that tells the main process: (index, path, reason).
BROKEN_KEY = 'broken_clips'
_ATTEMPTS = 10  # others of the class, and of any, tried for one sample


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and PyTorch, as mmengine does in a worker."""
    worker_init_fn(0, 0, 0, seed)


class SampleFetcher:
    """Loads the samples of a batch, in a worker of the loader or without.

    Each sample is seeded by its place, so that neither the number of workers
    nor what they loaded before matters. With ``replaces``, a sample that
    raises, or takes longer than ``timeout``, is replaced by a random other of
    its class, or without another, of any class; the metainfo of that one's
    ``data_samples`` has what was found under :data:`BROKEN_KEY`.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.replaces = False
        #: Seconds per sample; 0 for no limit.
        self.timeout = 0.
        #: Indices that are not tried again.
        self.broken: Set[int] = set()
        self._classes: Optional[List[tuple]] = None

    def __call__(self, places: Sequence[int]) -> List[Any]:
        return [self._fetch(place) for place in places]

    def _fetch(self, place: int) -> Any:
        seed, found, error = getattr(place, 'seed', None), [], None
        for attempt, index in enumerate(self._candidates(int(place), seed)):
            if seed is not None:
                seed_everything((seed + attempt) % 2**31)
            if index in self.broken:
                continue
            try:
                sample = self._load(index)
            except Exception as problem:
                if not self.replaces:
                    raise
                error = error or problem
                found.append(self._describe(index, problem))
            else:
                return _report(sample, found) if attempt else sample
        raise UserRuntimeError(
            f'clip {int(place)} of the training and {attempt} others that '
            f'were tried in its place are broken: '
            f'{error or "none could be loaded before"}') from error

    def _load(self, index: int) -> Any:
        if not self.timeout:
            return self.dataset[index]
        return call_in_time(lambda: self.dataset[index], self.timeout)

    def _candidates(self, index: int, seed: Optional[int]) -> Iterator[int]:
        """A clip, some others of its class, and some of any, the same ones
        whatever is known to be broken. A window is drawn anew each time."""
        yield index
        if not self.replaces:
            return
        if isinstance(self.dataset, ActionWindows):
            yield from [index] * _ATTEMPTS
            return
        if self._classes is None:
            get = getattr(self.dataset, 'get_data_info', lambda index: {})
            self._classes = [
                _class_of(get(i)) for i in range(len(self.dataset))
            ]
        rng = np.random.default_rng(seed)
        same = [key == self._classes[index] for key in self._classes]
        for group in np.flatnonzero(same), np.arange(len(same)):
            group = rng.permutation(group[group != index])
            yield from group[:_ATTEMPTS].tolist()

    def _describe(self, index: int, error: Exception) -> Tuple[int, str, str]:
        """Index, path and reason."""
        info = {}
        if isinstance(self.dataset, ActionWindows):
            index = -1
        else:
            self.broken.add(index)
            if hasattr(self.dataset, 'get_data_info'):
                info = self.dataset.get_data_info(index)
        names = (info.get(x) for x in ('filename', 'frame_dir', 'clip_name'))
        path = getattr(error, 'clip', None) or next(filter(None, names), None)
        path = str(path or f'sample {index}')
        return index, path, reason_of(error, path)


def _class_of(info: dict) -> tuple:
    return tuple(np.ravel(info.get('label')).tolist())


def _report(sample: Any, found: list) -> Any:
    """Tell the main process what this sample stands for."""
    if isinstance(sample, dict) and 'data_samples' in sample:
        sample['data_samples'].set_metainfo({BROKEN_KEY: found})
    else:
        for _, path, reason in found:
            print_log(f'broken clip: {path} ({reason})', 'current',
                      logging.WARNING)
    return sample
