# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Let the convolutions of a backbone run in the channels-last layout."""
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmaction_microaction.models.layers import use_channels_last


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Feed the backbone in the channels-last layout, 2-D or 3-D, as tensor
    cores and oneDNN want it.

    Only the order in memory changes, so results differ by rounding alone and
    checkpoints read as before. The switch: ``--cfg-options
    default_hooks.channels_last.type=ChannelsLastHook``.
    """

    def before_run(self, runner) -> None:
        """Prepare the model, once; UserError if it has no ``backbone``."""
        model, wrapped = runner.model, is_model_wrapper(runner.model)
        use_channels_last(
            model.module if wrapped else model, convert_weights=not wrapped)
