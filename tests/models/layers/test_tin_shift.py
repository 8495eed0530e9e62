# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import product

import pytest
import torch
from mmaction.models.backbones import resnet_tin

from mmaction_microaction.models.layers import tin_shift
from mmaction_microaction.models.layers.tin_shift import linear_sampler


def plain_loop(data, shift):
    n, t, c, _ = data.shape
    out = torch.zeros_like(data)
    for i, j, k in product(range(n), range(t), range(c)):
        target = j + int(shift[i, k // (c // shift.shape[1])])
        if 0 <= target < t:
            out[i, target, k] = data[i, j, k]
    return out


@pytest.mark.parametrize('n, t, c, g', [(2, 5, 12, 3), (1, 1, 4, 4),
                                        (3, 8, 8, 1)])
def test_equals_a_plain_loop(n, t, c, g):
    data = torch.randn(n, t, c, 6)
    shift = torch.randint(-t - 1, t + 2, (n, g))
    assert torch.equal(tin_shift(data, shift), plain_loop(data, shift))


def test_fractional_shift_interpolates():
    assert resnet_tin.linear_sampler is linear_sampler
    data = torch.randn(1, 4, 2, 1, 1)
    out = linear_sampler(data, torch.tensor([[0.25, -1.0]]))
    by_hand = 0.75 * data[0, 1, 0] + 0.25 * data[0, 0, 0]
    torch.testing.assert_close(out[0, 1, 0], by_hand)
    torch.testing.assert_close(out[0, 0, 1], data[0, 1, 1])


def test_gradients_are_the_true_ones():
    data = torch.randn(2, 4, 6, 3, dtype=torch.double, requires_grad=True)
    shift = torch.tensor([[1, -2, 0], [3, 4, -1]])
    assert torch.autograd.gradcheck(lambda x: tin_shift(x, shift), data)
    offset = (shift + 0.35).double().requires_grad_()
    assert torch.autograd.gradcheck(linear_sampler, (data[..., None], offset))


@pytest.mark.parametrize('shape', [(2, 5), (3, 3)])
def test_wrong_shapes(shape):
    with pytest.raises(ValueError, match='C % G'):
        tin_shift(torch.zeros(2, 4, 6, 1), torch.zeros(shape))
