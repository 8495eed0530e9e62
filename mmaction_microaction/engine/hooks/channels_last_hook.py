# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Let the convolutions of a backbone run in the channels-last layout.

Shapes: N clips, T frames, C channels, H x W pixels.
"""
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import Tensor, nn

from mmaction_microaction.models.layers.gated_shift import temporal_shift
from mmaction_microaction.utils.errors import UserError

#: Number of dimensions -> the layout with the channels last.
LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


def to_channels_last(x: Tensor) -> Tensor:
    """Change the layout, not the values.

    Args:
        x (Tensor): Shape (N * T, C, H, W) or (N, C, T, H, W); any other is
            handed back as it is.

    Returns:
        Tensor: The same shape and values.
    """
    layout = LAYOUTS.get(x.dim())
    return x if layout is None else x.contiguous(memory_format=layout)


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Feed the backbone in the channels-last layout, 2-D or 3-D.

    Convolutions then run, and hand on, channels last: the layout that tensor
    cores and oneDNN want. Only the order in memory changes, so results differ
    by rounding alone; a layer that needs another layout copies. Weights keep
    their layout in checkpoints as far as a reader can tell. The switch:

    .. code-block:: bash

        python tools/train.py CONFIG \\
            --cfg-options default_hooks.channels_last.type=ChannelsLastHook
    """

    def before_run(self, runner) -> None:
        """Prepare the model, once.

        Args:
            runner (Runner): The runner.

        Raises:
            ValueError: If the model has no ``backbone``.
        """
        model = runner.model
        wrapped = is_model_wrapper(model)
        use_channels_last(
            model.module if wrapped else model, convert_weights=not wrapped)


def use_channels_last(model: nn.Module, convert_weights: bool = True) -> None:
    """Make a model's backbone compute channels last.

    Args:
        model (nn.Module): With a ``backbone`` whose input is one tensor.
        convert_weights (bool): Whether to change the layout of the
            convolutions' weights, which else is done in every step. Not after
            ``DistributedDataParallel`` has laid out its buckets.
            Defaults to True.

    Raises:
        ValueError: If the model has no ``backbone``.
    """
    backbone = getattr(model, 'backbone', None)
    if backbone is None:
        raise UserError('ChannelsLastHook needs a model with a backbone, but '
                        f'got {type(model).__name__}; leave it out of the '
                        'hooks')
    if getattr(backbone, 'is_channels_last', False):
        return
    backbone.is_channels_last = True
    backbone.register_forward_pre_hook(_convert_input)
    for module in backbone.modules():
        if isinstance(module, TemporalShift):
            # The host's own hands on the other layout.
            module.shift = temporal_shift
        if convert_weights and isinstance(module, (nn.Conv2d, nn.Conv3d)):
            module.weight.data = to_channels_last(module.weight.data)


def _convert_input(backbone: nn.Module, args: tuple) -> tuple:
    return to_channels_last(args[0]), *args[1:]
