# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Let a training go on where a clip is broken."""
from typing import Dict, Set

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook

from mmaction_microaction.datasets.placed_batches import place_batches
from mmaction_microaction.datasets.sample_fetcher import BROKEN_KEY
from mmaction_microaction.utils.errors import UserError, first_of


@HOOKS.register_module()
class BrokenClipHook(Hook):
    """Replace clips that cannot be loaded by others of their class.

    Any error of the training's data set counts, and a decoder that hangs. Each
    clip is logged once by its path, and no worker of the loader tries it
    twice; the ends of the epoch and of the run list all. Validation and test
    end with the error of the first.

    Args:
        share (float): Of the clips, 0 to 1; if more are broken, UserError.
        timeout (float): Seconds for one sample; 0 for no limit.
    """

    def __init__(self, share: float = .01, timeout: float = 120.) -> None:
        if not 0 <= share <= 1 or timeout < 0:
            raise UserError('BrokenClipHook needs share from 0 to 1 and '
                            f'timeout from 0 on, but got {share}, {timeout}')
        self.share, self.timeout = share, timeout
        #: Path -> reason, of those found by this process, or by all of them
        #: after an epoch.
        self.found: Dict[str, str] = {}
        self._indices: Set[int] = set()
        self._replaced = 0  # samples in this epoch

    def before_train(self, runner) -> None:
        self._fetcher = place_batches(runner.train_dataloader).fetcher
        self._fetcher.replaces, self._fetcher.timeout = True, self.timeout

    def before_train_epoch(self, runner) -> None:
        """Tell new workers what the last ones found."""
        self._fetcher.broken |= self._indices
        self._replaced = 0

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Collect what the workers report; UserError if it is too much."""
        if not isinstance(data_batch, dict):
            return
        for sample in data_batch.get('data_samples', ()):
            self._replaced += BROKEN_KEY in sample.metainfo
            for index, path, reason in sample.metainfo.get(BROKEN_KEY, ()):
                self._indices |= {index}
                self._note(runner, path, reason)

    def _note(self, runner, path: str, reason: str) -> None:
        if path in self.found:
            return
        self.found[path] = reason
        runner.logger.warning(f'broken clip: {path} ({reason}); another '
                              'takes its place')
        total = _count_clips(runner.train_dataloader.dataset)
        if len(self.found) > self.share * total:
            lines = [f'{x}: {why}' for x, why in self.found.items()]
            raise UserError(
                f'{len(lines)} of {total} clips are broken, more than the '
                f'share {self.share:g} of BrokenClipHook: ' +
                '; '.join(first_of(lines)) +
                '. `python tools/data/check_data.py ROOT` finds all of them')

    def after_train_epoch(self, runner) -> None:
        """Exchange with the other ranks, and list."""
        for other in all_gather_object(self.found):
            for path, reason in other.items():
                self._note(runner, path, reason)
        self._list(
            runner, f'epoch {runner.epoch + 1}, {self._replaced} '
            'samples of this process replaced')

    def after_train(self, runner) -> None:
        self._list(runner, 'this run')

    def _list(self, runner, when: str) -> None:
        if self.found:
            lines = [f'{x} ({why})' for x, why in sorted(self.found.items())]
            runner.logger.warning(f'{len(lines)} broken clips up to the end '
                                  f'of {when}:\n' + '\n'.join(lines))


def _count_clips(dataset) -> int:
    """Clips behind a data set, once each where it repeats or cuts them."""
    return len(getattr(dataset, 'dataset', dataset))
