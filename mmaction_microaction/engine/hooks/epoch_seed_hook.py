# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Make an interrupted run end as an uninterrupted one."""
from functools import partial

import numpy as np
from mmaction.registry import HOOKS
from mmengine.dataset import worker_init_fn
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import set_random_seed

from mmaction_microaction.utils.errors import UserError


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Make the random numbers of an epoch depend on seed and epoch alone.

    MMEngine's checkpoints lack the generators' state, so a resumed run differs
    slightly. This hook seeds those of the process and of the loader's workers,
    which must be new ones (``persistent_workers=False``), at the start of an
    epoch of an ``EpochBasedTrainLoop``. ``randomness.diff_rank_seed`` still
    applies: the rank is part of the runner's seed.
    """
    priority = 'VERY_HIGH'

    def before_train(self, runner) -> None:
        """UserError if workers outlive an epoch."""
        if getattr(runner.train_dataloader, 'persistent_workers', False):
            raise UserError('EpochSeedHook needs '
                            'train_dataloader.persistent_workers=False')

    def before_train_epoch(self, runner) -> None:
        """Seed everything."""
        seed = epoch_seed(runner.seed, runner.epoch)
        set_random_seed(seed)
        loader = runner.train_dataloader
        if loader.num_workers:
            loader.worker_init_fn = partial(
                worker_init_fn,
                num_workers=loader.num_workers,
                rank=get_rank(),
                seed=seed)


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed, 0 to 2^31 - 1, independent of the next epoch's."""
    state = np.random.SeedSequence([seed, epoch]).generate_state(1)
    return int(state[0] >> 1)
