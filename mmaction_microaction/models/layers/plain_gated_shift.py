# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""REFERENCE: MANet's SE-TSM block, step by step as the paper has it.

What :class:`.GatedShift` is compared with, in tests and by
``benchmarks/``: mean, two linear layers, product and the host's own
shift are operations of their own. No model is built from it; exported graphs
hold these operations, since no runtime knows the fused one.

Shapes: N clips, T segments, C channels, H x W pixels.

Source: as :mod:`.gated_shift`.
"""
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import Tensor, nn

from .gated_shift import GatedShift


class PlainGatedShift(GatedShift):
    """The block in plain PyTorch; same parameters and names.

    Like the host's shift it reads the contiguous layout only, and clips of
    one length only.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Gate, shift, convolve.

        Args:
            x (Tensor): Shape (N * T, C, H, W), float, contiguous.

        Returns:
            Tensor: Shape (N * T, C', H', W') of the convolution.
        """
        if self.gate is not None:
            hidden = self.gate.squeeze(x.mean(dim=(2, 3))).relu()
            x = x * self.gate.excite(hidden).sigmoid()[..., None, None]
        if self.shift_div is not None:
            x = TemporalShift.shift(x, self.num_segments, self.shift_div)
        return self.net(x)


def use_plain_blocks(model: nn.Module) -> nn.Module:
    """Turn every :class:`.GatedShift` of a model into the reference.

    Args:
        model (nn.Module): Changed in place; keeps its parameters.

    Returns:
        nn.Module: The model.
    """
    for module in model.modules():
        if isinstance(module, GatedShift):
            module.__class__ = PlainGatedShift
    return model
