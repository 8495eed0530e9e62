# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch
import torch.nn.functional as F
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmaction_microaction.models import FramewiseHead

FPS = 5.


def build(**kwargs):
    return FramewiseHead(3, 8, **kwargs)


def sample(*actions, duration=4.):
    out = ActionDataSample(metainfo=dict(grid_fps=FPS, duration=duration))
    out.gt_instances = InstanceData(
        segments=torch.tensor([a[:2] for a in actions]).view(-1, 2),
        labels=torch.tensor([a[2] for a in actions], dtype=torch.long))
    return out


def window(*lengths, steps=20):
    masks = torch.arange(steps) < torch.tensor(lengths)[:, None]
    return [torch.randn(len(lengths), 8, steps)], [masks]


def test_starts_at_the_prior():
    logits = build(prior=0.02)([torch.zeros(1, 8, 20)], window(20)[1])
    assert logits.shape == (1, 3, 20)
    assert logits.sigmoid().mean().item() == pytest.approx(0.02)


def test_loss_by_hand():
    head = build()
    feats, masks = window(20, 12)
    logits = head(feats, masks)
    truth = torch.zeros(2, 3, 20)
    # In the middle of which steps; an action may lie between two middles.
    truth[0, 0, 1:3] = truth[0, 2, 15:] = 1
    wanted = F.binary_cross_entropy(logits.sigmoid(), truth, reduction='none')
    batch = [
        sample((0.2, 0.6, 0), (0.3, 0.3, 1), (3., 4., 2), (3.4, 9., 2)),
        sample()
    ]
    loss = head.loss(feats, masks, batch)['loss_cls']
    wanted = (wanted.sum(1) * masks[0]).sum() / 32
    torch.testing.assert_close(loss, wanted, rtol=1e-4, atol=0)
    loss.backward()
    assert all(p.grad.abs().sum() > 0 for p in head.parameters())


def test_runs_above_thresholds():
    score = torch.full((1, 3, 20), 0.01)
    score[0, 1, 2:6] = 0.4
    score[0, 1, 3] = 0.8
    score[0, 0, 15:] = 0.9  # the clip ends within, at step 17

    def detect(**kwargs):
        head = build(thresholds=(0.3, 0.6), **kwargs)
        head.forward = lambda feats, masks: torch.logit(score)
        return head.predict(*window(17),
                            [sample(duration=3.3)])[0].pred_instances

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
        build(thresholds=(0.5, 1.5))
    with pytest.raises(ValueError, match='2 levels'):
        build()(*(x * 2 for x in window(20)))
