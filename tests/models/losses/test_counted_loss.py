# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The losses that know how often a class occurs."""
from math import exp, log

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS

from mmaction_microaction.taxonomy import MA52

COUNTS = [40, 3, 0, 900]
LABELS = torch.tensor([0, 3, 1, 1, 2])
SOFT = torch.tensor([[.25, 0, 0, .75], [0, .5, .5, 0], [0, 0, 1, 0],
                     [.1, .2, .3, .4], [0, 1, 0, 0]]).double()


def balanced_softmax(logits, counts, k, tau):
    sums = sum(n**tau * exp(z) for z, n in zip(logits, counts))
    return -log(counts[k]**tau * exp(logits[k]) / sums)


def class_balanced_focal(logits, counts, k, beta, gamma):
    weights = [(1 - beta) / (1 - beta**n) for n in counts]
    p = exp(logits[k]) / sum(exp(z) for z in logits)
    weight = weights[k] / sum(weights) * len(counts)
    return -weight * (1 - p)**gamma * log(p)


CASES = [
    ('BalancedSoftmaxLoss', balanced_softmax, dict(tau=tau)) for tau in (1, .5)
] + [('ClassBalancedFocalLoss', class_balanced_focal, dict(x))
     for x in (dict(beta=.99, gamma=2), dict(beta=.9, gamma=.5))]


@pytest.fixture
def logits():
    draw = torch.Generator().manual_seed(0)
    return 2 * torch.randn(5, 4, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize('soft', [False, True])
@pytest.mark.parametrize('name, formula, options', CASES)
def test_formula_and_gradient(name, formula, options, soft, logits):
    """The formula, clip after clip, and finite differences of it."""
    loss = MODELS.build(
        dict(type=name, counts=COUNTS, loss_weight=3., **options))
    labels = SOFT if soft else LABELS
    counts = [max(n, 1) for n in COUNTS]

    def by_hand(rows):
        rows = rows.tolist()
        return 3 * np.mean([
            sum(y * formula(row, counts, k, **options)
                for k, y in enumerate(label.tolist()) if y)
            for row, label in zip(rows, SOFT if soft else F.one_hot(LABELS))
        ])

    logits.requires_grad_()
    found = loss(logits, labels)
    assert found.item() == pytest.approx(by_hand(logits), rel=1e-12)
    found.backward()
    step = 1e-5
    for place in np.ndindex(*logits.shape):
        change = torch.zeros_like(logits)
        change[place] = step
        slope = (by_hand(logits + change) - by_hand(logits - change)) / 2
        assert logits.grad[place].item() == pytest.approx(
            slope / step, rel=1e-5, abs=1e-9)
    half = loss(logits.detach().half(), labels)
    assert half.dtype == torch.float32
    assert half.item() == pytest.approx(found.item(), rel=1e-2)


@pytest.mark.parametrize('settings', [
    dict(type='BalancedSoftmaxLoss', tau=0, counts=COUNTS),
    dict(type='BalancedSoftmaxLoss', counts=[7] * 4),
    dict(type='ClassBalancedFocalLoss', gamma=0, beta=0, counts=COUNTS),
    dict(type='ClassBalancedFocalLoss', gamma=0, counts=[7] * 4),
])
def test_where_it_is_plain_cross_entropy(settings, logits):
    loss = MODELS.build(settings)
    for labels in (LABELS, SOFT):
        torch.testing.assert_close(
            loss(logits, labels), F.cross_entropy(logits, labels))


def test_gradient_where_nothing_is_missed():
    loss = MODELS.build(
        dict(type='ClassBalancedFocalLoss', gamma=.5, counts=[7] * 4))
    logits = torch.tensor([[200., 0, 0, 0]], requires_grad=True)
    loss(logits, torch.tensor([0])).backward()
    assert logits.grad.isfinite().all()


def test_of_groups():
    """What is counted are clips of classes."""
    loss = MODELS.build(dict(type='BalancedSoftmaxLoss'))
    loss.taxonomy = MA52
    loss.set_counts(range(52))
    assert loss.counts.tolist() == [
        sum(label.index for label in MA52.members(g)) for g in range(7)
    ]


@pytest.mark.parametrize('settings, match', [
    (dict(type='BalancedSoftmaxLoss'), '4 classes, but has None: .*Hook'),
    (dict(type='BalancedSoftmaxLoss', counts=[1, 2]), '4 classes, but has 2'),
    (dict(type='BalancedSoftmaxLoss', counts=[1, -2]), 'for each class'),
    (dict(type='BalancedSoftmaxLoss', counts=[0, 0]), 'for each class'),
    (dict(type='ClassBalancedFocalLoss', beta=1), 'beta < 1'),
    (dict(type='ClassBalancedFocalLoss', gamma=-1), 'gamma >= 0'),
])
def test_bad_input(settings, match, logits):
    with pytest.raises(ValueError, match=match):
        MODELS.build(settings)(logits, LABELS)
