# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The memory layout preferred by tensor cores and oneDNN."""
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError
from .gated_shift import temporal_shift

#: Number of dimensions -> the layout with the channels last.
LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


def to_channels_last(x: Tensor) -> Tensor:
    """Change the layout of maps of 4 or 5 dimensions; others stay."""
    layout = LAYOUTS.get(x.dim())
    return x if layout is None else x.contiguous(memory_format=layout)


def use_channels_last(model: nn.Module, convert_weights: bool = True) -> None:
    """Make a model's backbone compute channels last.

    ``convert_weights`` changes the layout of the convolutions' weights once,
    instead of in every step; not allowed after ``DistributedDataParallel`` has
    laid out its buckets.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, nn.Module):
        raise UserError('ChannelsLastHook needs a model with a backbone, but '
                        f'got {type(model).__name__}; leave the hook out')
    if getattr(backbone, 'is_channels_last', False):
        return
    backbone.is_channels_last = True
    backbone.register_forward_pre_hook(lambda module, args:
                                       (to_channels_last(args[0]), *args[1:]))
    for module in backbone.modules():
        if isinstance(module, TemporalShift):
            # The host's own hands on the other layout.
            module.shift = temporal_shift
        if convert_weights and isinstance(module, (nn.Conv2d, nn.Conv3d)):
            module.weight.data = to_channels_last(module.weight.data)
