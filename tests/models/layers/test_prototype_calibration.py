# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the prototypes do; loss and gradient are those of a loop in
tests/models/heads/test_pcan_head.py."""
import copy

import pytest
import torch
import torch.nn.functional as F
from mmengine.model import ExponentialMovingAverage

from mmaction_microaction.models.layers import (PrototypeCalibration,
                                                ambiguous_sets)


def batch(predicted, num_classes=5, channels=6):
    """Features, and logits with these predictions."""
    logits = torch.randn(len(predicted), num_classes)
    logits[range(len(predicted)), predicted] += 9
    return torch.randn(len(predicted), channels), logits


@pytest.mark.parametrize('n', [1, 5, 64])
def test_every_clip_is_in_one_set(n):
    predicted, labels = torch.randint(5, (2, n))
    group_right = torch.rand(n) < 0.5
    sets = ambiguous_sets(predicted, labels, group_right)
    names = {(1, 1): 'right', (0, 1): 'FN1', (1, 0): 'FN2', (0, 0): 'FN3'}
    right = predicted == labels
    for i, key in enumerate(zip(right.tolist(), group_right.tolist())):
        assert [name for name in names.values() if sets[name][i]] == \
            [names[key]]
    assert sum(sets[name].sum() for name in names.values()) == n
    assert torch.equal(sets['FP'], ~right)
    sets = ambiguous_sets(predicted, labels)
    assert torch.equal(sets['right'], right)
    assert torch.equal(sets['FN'], ~right) and torch.equal(sets['FP'], ~right)


def test_prototypes_follow_right_clips_in_training_only():
    layer = PrototypeCalibration(5, 6, 4)
    old = layer.prototypes.clone()
    labels = torch.tensor([0, 0, 0, 2, 3])
    feats, logits = batch([0, 0, 1, 2, 4])
    group_right = torch.tensor([True, True, True, False, True])
    z = layer.embed(feats)
    expected = old.clone()
    expected[0] = 0.9 * old[0] + 0.1 * (z[0] + z[1]) / 2
    evaluated = layer.eval()(feats, logits, labels, group_right)
    assert torch.equal(layer.prototypes, old) and not layer.updated.any()
    trained = layer.train()(feats, logits, labels, group_right)
    torch.testing.assert_close(evaluated, trained)
    torch.testing.assert_close(layer.prototypes, expected)
    assert layer.updated.tolist() == [1, 0, 0, 0, 0]
    # Without groups, class 2 is right as well.
    layer(feats, logits, labels)
    assert layer.updated.tolist() == [1, 0, 1, 0, 0]


def test_similarity_leaves_noise_out():
    layer = PrototypeCalibration(5, 6, 4)
    layer(*batch([0, 3]), torch.tensor([0, 3]))
    feats = torch.randn(3, 6)
    cosines = F.cosine_similarity(
        layer.embed(feats)[:, None], layer.prototypes[None], dim=2)
    known = torch.tensor([1., 0, 0, 1, 0])
    torch.testing.assert_close(layer.similarity(feats), cosines * known)
    layer.compatible = True
    torch.testing.assert_close(layer.similarity(feats), cosines)


def test_state_copies_and_averages_after_a_step():
    layer = PrototypeCalibration(5, 6, 4)
    averages = [
        ExponentialMovingAverage(layer, 0.5, update_buffers=update)
        for update in (False, True)
    ]
    for average in averages:  # the first update copies
        average.update_parameters(layer)
    start = layer.prototypes.clone()
    sum(layer(*batch([0, 3]), torch.tensor([0, 3]))).backward()
    for tensor in (layer.prototypes, layer.updated):
        assert tensor.is_leaf and not tensor.requires_grad
    other = PrototypeCalibration(5, 6, 4)
    other.load_state_dict(layer.state_dict(), strict=True)
    for twin in (copy.deepcopy(layer), other):
        assert torch.equal(twin.prototypes, layer.prototypes)
        assert torch.equal(twin.updated, layer.updated)
    for average, share in zip(averages, (1, 0.5)):
        average.update_parameters(layer)
        mean = share * layer.prototypes + (1 - share) * start
        torch.testing.assert_close(average.module.prototypes, mean)
        assert torch.equal(average.module.updated > 0, layer.updated > 0)


def test_overflow_spoils_no_prototype():
    layer = PrototypeCalibration(5, 6, 4)
    feats, logits = batch([0, 3])
    feats[0] = float('inf')
    layer(feats, logits, torch.tensor([0, 3]))
    assert layer.prototypes.isfinite().all() and not layer.updated.any()
    feats[0] = 1
    layer(feats, logits, torch.tensor([0, 3]))
    assert layer.updated.tolist() == [1, 0, 0, 1, 0]
