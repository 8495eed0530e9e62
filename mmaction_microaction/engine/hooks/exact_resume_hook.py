# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Make a run that was interrupted end like one that was not."""
from typing import Optional

from mmaction.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop

from mmaction_microaction.datasets.placed_batches import (derive_seed,
                                                          place_batches)
from mmaction_microaction.datasets.sample_fetcher import seed_everything


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Resume a training by epochs exactly, also in the middle of one.

    MMEngine's checkpoints lack the state of the generators, and a run resumed
    from a checkpoint of an iteration begins its epoch anew. Here, the random
    numbers of a step depend only on seed, epoch and step, and those of a
    sample on its place in the epoch too, whatever the number of workers; a
    resumed epoch leaves out the batches it had, without loading them; and a
    validation that a kill prevented is made up for. Other loops are left as
    they are. ``randomness.diff_rank_seed`` keeps its meaning: the rank is part
    of the runner's seed.

    Not restored: gradients accumulated since the last step of the optimizer,
    and what hooks keep to themselves, such as ``EarlyStoppingHook``.
    """
    priority = 'LOWEST'

    def __init__(self) -> None:
        self._saved: Optional[dict] = None
        self._at = (-1, 0)  # epoch, batches done
        self._skip = 0
        self._validated = False

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Add ``meta['position']``."""
        meta, (epoch, batch) = checkpoint['meta'], self._at
        meta['position'] = dict(
            batch=batch if epoch == meta['epoch'] else 0,
            of=len(runner.train_dataloader),
            sampler_seed=getattr(runner.train_dataloader.sampler, 'seed',
                                 None),
            validated=self._validated)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if runner._resume:
            self._saved = checkpoint.get('meta', {}).get('position')

    def before_train(self, runner) -> None:
        """Take up the position; validate if that is due."""
        loop, saved = runner.train_loop, self._saved
        self._saved = None
        if not isinstance(loop, EpochBasedTrainLoop):
            return
        place_batches(loop.dataloader)
        if saved is None:
            return
        if saved['of'] == len(loop.dataloader):
            self._skip = saved['batch']
        elif saved['batch']:
            runner.logger.warning(
                f'an epoch had {saved["of"]} batches and has '
                f'{len(loop.dataloader)} now: the one that was interrupted '
                'begins anew')
        if saved['sampler_seed'] is not None:
            loop.dataloader.sampler.seed = saved['sampler_seed']
        if not (saved['batch'] or saved['validated']) and _is_due(runner):
            runner.val_loop.run()

    def before_train_epoch(self, runner) -> None:
        """Seed the epoch; leave out what is done of it."""
        loop = runner.train_loop
        if not isinstance(loop, EpochBasedTrainLoop):
            return
        self._validated = False
        seed_everything(derive_seed(runner.seed, runner.epoch))
        batches = place_batches(loop.dataloader)
        batches.origin = runner.seed, runner.epoch, get_rank()
        batches.skip, self._skip = self._skip, 0
        if batches.skip:
            self._at = runner.epoch, batches.skip
            step, skip = loop.run_iter, batches.skip
            loop.run_iter = lambda idx, batch: step(idx + skip, batch)

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Seed the step."""
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            seed_everything(derive_seed(runner.seed, runner.epoch, batch_idx))
            self._at = runner.epoch, batch_idx + 1

    def after_train_epoch(self, runner) -> None:
        vars(runner.train_loop).pop('run_iter', None)

    def before_val_epoch(self, runner) -> None:
        self._validated = True  # for what is saved at its end
        seed_everything(derive_seed(runner.seed, runner.epoch))


def _is_due(runner) -> bool:
    """Whether the loop would have validated after the epochs it has done."""
    loop = runner.train_loop
    loop._decide_current_val_interval()
    return runner.val_loop is not None and 0 < loop.epoch and (
        loop.epoch >= loop.val_begin and
        (loop.epoch % loop.val_interval == 0 or loop.epoch == loop.max_epochs))
