# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Convolutions for inference on CPU with fused sum and ReLU and packed
weights.

oneDNN adds a residual and applies ReLU while the result of a convolution is
still in registers. It needs the weights in its own blocks, which an
``nn.Conv2d`` makes in every call: 1.4 times as fast for MANet-R50 in bfloat16
(``docs/performance.md``).
"""
from typing import List, Optional

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn


def packs_bfloat16() -> bool:
    """Whether oneDNN can pack bfloat16 weights: with AVX-512, not AVX2."""
    known = getattr(torch.ops.mkldnn, '_is_mkldnn_bf16_supported', None)
    return known is None or known()


class PackedConv2d(nn.Conv2d):
    """``relu(conv(x) + other)`` in one operation, sum and ReLU optional; the
    operation that ``torch.compile`` uses. Where it does not apply (on a GPU,
    with gradients, not channels last, in another dtype), the same in steps."""
    relu = False
    _packed = None  # weights for inputs of shape and dtype _packed_for
    _packed_for = None

    @classmethod
    def convert(cls, conv: nn.Conv2d, relu: bool = False) -> None:
        """Convert a convolution in place; its parameters must not change after
        its first call."""
        conv.__class__ = cls
        conv.relu = relu

    def forward(self, x: Tensor, other: Optional[Tensor] = None) -> Tensor:
        """Convolve (B, C, H, W). ``other``, of the result's shape, is added
        and may be overwritten; ReLU then always applies."""
        if not self._fits(x, x if other is None else other):
            x = super().forward(x)
            x = x if other is None else x + other
            return F.relu_(x) if self.relu or other is not None else x
        ops = torch.ops.mkldnn
        geometry = self.padding, self.stride, self.dilation, self.groups
        if self._packed_for != (x.shape, x.dtype):
            self._packed = ops._reorder_convolution_weight(
                self.weight, *geometry, x.shape)
            self._packed_for = x.shape, x.dtype
        if other is not None:
            sum_relu = 'add', 1., 'relu', [], None
            return ops._convolution_pointwise_.binary(other, x, self._packed,
                                                      self.bias, *geometry,
                                                      *sum_relu)
        relu = 'relu' if self.relu else 'none', [], None
        return ops._convolution_pointwise(x, self._packed, self.bias,
                                          *geometry, *relu)

    def _fits(self, *maps: Tensor) -> bool:
        """Whether oneDNN's operators can be called."""
        usable = (
            torch.backends.mkldnn.is_available()
            and hasattr(torch.ops.mkldnn, '_convolution_pointwise_')
            and not torch.is_grad_enabled()
            and not torch.is_autocast_enabled('cpu')
            and self.padding_mode == 'zeros'
            and (self.weight.dtype == torch.float32
                 or self.weight.dtype == torch.bfloat16 and packs_bfloat16()))
        last = torch.channels_last
        return usable and all(
            x.device.type == 'cpu' and x.dtype == self.weight.dtype
            and x.is_contiguous(memory_format=last) and x.numel() > 0
            for x in maps)


class PackedResidualBlock(nn.Module):
    """The host's ``BasicBlock`` or ``Bottleneck``, packed, with the sum in the
    last convolution. Without a ``downsample`` the result overwrites the input,
    which the host's networks no longer need."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        *self.names, last = self._layers(block)
        for name in self.names:
            self.add_module(name, getattr(block, name))
        self.last = getattr(block, last).conv
        self.downsample = block.downsample or nn.Identity()

    @classmethod
    def takes(cls, block: nn.Module) -> bool:
        """Whether a block's last convolution is packed, its norm folded."""
        last = getattr(block, cls._layers(block)[-1])
        return isinstance(last.conv, PackedConv2d)

    @staticmethod
    def _layers(block: nn.Module) -> List[str]:
        children = dict(block.named_children())
        children.pop('downsample', None)
        return [k for k, v in children.items() if isinstance(v, ConvModule)]

    def forward(self, x: Tensor) -> Tensor:
        out = x
        for name in self.names:
            out = getattr(self, name)(out)
        return self.last(out, self.downsample(x))
