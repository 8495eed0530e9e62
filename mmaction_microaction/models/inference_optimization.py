# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Conversion of a trained model for faster inference on CPU."""
from typing import Any, Callable, Optional

import torch
from mmaction.models.backbones.resnet import BasicBlock, Bottleneck
from mmaction.models.backbones.resnet_tin import TemporalInterlace
from mmcv.cnn import Conv2d, ConvModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.utils.fusion import fuse_conv_bn_weights

from mmaction_microaction.utils.errors import UserError
from .layers import PackedConv2d, PackedResidualBlock, use_channels_last


def prepare_for_inference(model: nn.Module,
                          dtype: torch.dtype = torch.bfloat16) -> nn.Module:
    """Make a model infer faster; it can no longer be trained or loaded into.

    Only the backbone changes, in place: input and output stay float32,
    computation is in ``dtype`` and channels last, and batch norm, ReLU and
    residual sum are merged into the preceding convolutions. bfloat16 rounds
    features to three digits; processors without support (``avx512_bf16`` or
    AMX on x86) are faster with ``torch.float32``.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, nn.Module):
        raise UserError('prepare_for_inference needs a model with a '
                        f'backbone, but got {type(model).__name__}')
    model.eval()
    model.requires_grad_(False)
    fold_norms(backbone)
    _pack(backbone)
    backbone.to(dtype)
    for module in backbone.modules():
        if isinstance(module, TemporalInterlace):  # gives float32 always
            module.register_forward_hook(_caster(dtype))
    backbone.register_forward_pre_hook(lambda module, args: _cast(args, dtype))
    backbone.register_forward_hook(_caster(torch.float32))
    use_channels_last(model)
    return model


def fold_norms(model: nn.Module) -> int:
    """Fold batch norm into the preceding convolution, 2-D or 3-D.

    mmcv's ``fuse_conv_bn`` skips those in a shift or gate and fails in 3-D.
    Changes each ``ConvModule`` of a model in ``eval`` mode; other batch norm
    stays (UniFormer's precedes convolutions). Returns the number of folds.
    """
    folded = 0
    for module in model.modules():
        if not isinstance(module, ConvModule) or \
                not isinstance(module.norm, _BatchNorm):
            continue
        norm, conv = module.norm, _wrapped_conv(module.conv)
        follows = module.order.index('norm') == module.order.index('conv') + 1
        if conv is None or not follows or norm.running_mean is None:
            continue
        conv.weight, conv.bias = fuse_conv_bn_weights(conv.weight, conv.bias,
                                                      norm.running_mean,
                                                      norm.running_var,
                                                      norm.eps, norm.weight,
                                                      norm.bias)
        module.turn_on_efficient_conv_bn_eval(False)
        setattr(module, module.norm_name, nn.Identity())
        folded += 1
    return folded


def _wrapped_conv(layer: nn.Module) -> Optional[_ConvNd]:
    """The convolution in a shift's ``net`` or in TIN's ``net2``."""
    while layer is not None and not isinstance(layer, _ConvNd):
        layer = getattr(layer, 'net2', getattr(layer, 'net', None))
    return layer


def _pack(backbone: nn.Module) -> None:
    """Merge ReLU and residual sum into the preceding 2-D convolutions."""
    for module in backbone.modules():
        # In the order of convolution, norm (folded by now), activation.
        if not isinstance(module, ConvModule) or \
                module.order != ('conv', 'norm', 'act') or \
                not isinstance(module.norm, (nn.Identity, type(None))):
            continue
        conv = _wrapped_conv(module.conv)
        # mmcv's own differs on empty maps only.
        if type(conv) in (nn.Conv2d, Conv2d):
            relu = module.with_activation and \
                isinstance(module.activate, nn.ReLU)
            PackedConv2d.convert(conv, relu)
            module.with_activation &= not relu
    for parent in list(backbone.modules()):
        for name, block in parent.named_children():
            if isinstance(block, (BasicBlock, Bottleneck)) and \
                    PackedResidualBlock.takes(block):
                setattr(parent, name, PackedResidualBlock(block))


def _caster(dtype: torch.dtype) -> Callable:
    """A hook that casts the output of a module."""
    return lambda module, args, out: _cast(out, dtype)


def _cast(value: Any, dtype: torch.dtype) -> Any:
    """Cast a float tensor, or those in a tuple or list."""
    if isinstance(value, (tuple, list)):
        return type(value)(_cast(v, dtype) for v in value)
    floating = isinstance(value, Tensor) and value.is_floating_point()
    return value.to(dtype) if floating else value
