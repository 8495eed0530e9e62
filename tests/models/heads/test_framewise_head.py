# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch
import torch.nn.functional as F

from mmaction_microaction.models import FramewiseHead


def window(*lengths, steps=20):
    masks = torch.arange(steps) < torch.tensor(lengths)[:, None]
    return [torch.randn(len(lengths), 8, steps)], [masks]


def test_loss_by_hand_from_the_prior(clip_with):
    head = FramewiseHead(3, 8, prior=0.02)
    feats, masks = window(20, 12)
    logits = head([torch.zeros(1, 8, 20)], masks)
    assert logits.shape == (1, 3, 20)
    assert logits.sigmoid().mean().item() == pytest.approx(0.02)
    truth = torch.zeros(2, 3, 20)
    # In the middle of which steps; an action may lie between two middles.
    truth[0, 0, 1:3] = truth[0, 2, 15:] = 1
    actions = (0.2, 0.6, 0), (0.3, 0.3, 1), (3., 4., 2), (3.4, 9., 2)
    wanted = F.binary_cross_entropy(
        head(feats, masks).sigmoid(), truth, reduction='none')
    wanted = (wanted.sum(1) * masks[0]).sum() / 32
    batch = [clip_with(*actions), clip_with()]
    loss = head.loss(feats, masks, batch)['loss_cls']
    torch.testing.assert_close(loss, wanted, rtol=1e-4, atol=0)
    loss.backward()
    assert all(p.grad.any() for p in head.parameters())


def test_runs_above_thresholds(clip_with):
    score = torch.full((1, 3, 20), 0.01)
    score[0, 1, 2:6] = 0.4
    score[0, 1, 3] = 0.8
    score[0, 0, 15:] = 0.9  # the clip ends within, at step 17

    def detect(**kwargs):
        head = FramewiseHead(3, 8, thresholds=(0.3, 0.6), **kwargs)
        head.forward = lambda feats, masks: torch.logit(score)
        sample, = head.predict(*window(17), [clip_with(duration=3.3)])
        return sample.pred_instances

    found = detect(nms=dict(sigma=1e9, min_score=.001))
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert found.scores.tolist() == pytest.approx([0.9, 0.9, 0.8, 0.5])
    torch.testing.assert_close(
        found.segments,
        torch.tensor([[3., 3.3], [3., 3.3], [.6, .8], [.4, 1.2]]))
    # By default those that say the same are lowered.
    assert detect().scores.tolist() == pytest.approx(
        [0.9, 0.8, 0.5 * math.exp(-.125), 0.9 * math.exp(-2)], abs=1e-4)
    score[:] = 1e-9
    assert detect().segments.shape == (0, 2)


def test_errors():
    with pytest.raises(ValueError, match='thresholds.*1.5'):
        FramewiseHead(3, 8, thresholds=(0.5, 1.5))
    with pytest.raises(ValueError, match='2 levels'):
        FramewiseHead(3, 8)(*(x * 2 for x in window(20)))
