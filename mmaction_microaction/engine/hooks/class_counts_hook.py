# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Give class frequencies to the losses."""
import numpy as np
from mmaction.registry import HOOKS
from mmengine.hooks import Hook

from mmaction_microaction.datasets import labels_of
from mmaction_microaction.models.losses import CountedLoss


@HOOKS.register_module()
class ClassCountsHook(Hook):
    """Count the training clips of every class for losses that need counts and
    do not get them from the config.

    All processes count the same list before the first step of every run, so
    nothing needs to be resumed. With a sampler that draws by ``weights``, as
    :class:`~mmaction_microaction.datasets.ClassBalancedSampler`, the expected
    draws per epoch are counted. UserError for several labels per clip.
    """

    def before_train(self, runner) -> None:
        model = getattr(runner.model, 'module', runner.model)
        losses = [
            module for module in model.modules()
            if isinstance(module, CountedLoss) and module.counts is None
        ]
        if not losses:
            return
        loader = runner.train_dataloader
        labels = labels_of(loader.dataset)
        weights = np.asarray(getattr(loader.sampler, 'weights', 1.))
        weights = np.broadcast_to(weights, labels.shape)
        shares = np.bincount(labels, weights, model.cls_head.num_classes)
        for loss in losses:
            loss.set_counts(shares * len(labels) / weights.sum())
