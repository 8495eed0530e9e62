# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Run the convolutions of a backbone in the channels-last layout."""
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmaction_microaction.models.layers import use_channels_last


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Feed the backbone in the channels-last layout, 2-D or 3-D, preferred by
    tensor cores and oneDNN.

    Only the order in memory changes: results differ by rounding alone, and
    checkpoints stay compatible. Enable it by ``--cfg-options
    default_hooks.channels_last.type=ChannelsLastHook``.
    """

    def before_run(self, runner) -> None:
        """Prepare the model, once; UserError if it has no ``backbone``."""
        model, wrapped = runner.model, is_model_wrapper(runner.model)
        use_channels_last(
            model.module if wrapped else model, convert_weights=not wrapped)
