# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch
import torch.nn.functional as F

from mmaction_microaction.models.layers import iou_1d
from mmaction_microaction.models.losses import diou_loss_1d, sigmoid_focal_loss


@pytest.mark.parametrize('logit', [-6., -0.3, 0., 2., 9.])
def test_focal_by_the_papers_formula(logit):
    p = 1 / (1 + math.exp(-logit))
    positive = -0.25 * (1 - p)**2 * math.log(p)
    negative = -0.75 * p**2 * math.log(1 - p)
    logits, targets = torch.tensor([[logit, logit], [1., 0.]]).double()
    got = sigmoid_focal_loss(logits, targets)
    assert got.tolist() == pytest.approx([positive, negative])
    plain = F.binary_cross_entropy_with_logits(
        logits, targets, reduction='none')
    got = sigmoid_focal_loss(logits, targets, alpha=0.5, gamma=0.)
    torch.testing.assert_close(got, plain / 2)


def test_diou_equals_segments():
    """1 - IoU + (distance of the centres / smallest enclosing segment)^2."""
    pred, target = torch.rand(2, 50, 2).double() * 5
    a, b = (x * torch.tensor([-1, 1]) + 7 for x in (pred, target))
    hull = torch.maximum(a, b)[:, 1] - torch.minimum(a, b)[:, 0]
    apart = (a.mean(dim=1) - b.mean(dim=1)) / hull
    torch.testing.assert_close(
        diou_loss_1d(pred, target), 1 - iou_1d(a, b) + apart**2)


def test_nothing_and_the_same():
    same = torch.tensor([[2., 3.]])
    assert diou_loss_1d(same, same).item() == pytest.approx(0)
    assert diou_loss_1d(same[:0], same[:0]).shape == (0, )
    nothing = torch.zeros(1, 2, requires_grad=True)
    loss = diou_loss_1d(nothing, same)
    grad, = torch.autograd.grad(loss, nothing)
    assert loss.isfinite().all() and grad.isfinite().all()
