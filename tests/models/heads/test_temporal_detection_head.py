# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmaction_microaction.models import TemporalDetectionHead
from mmaction_microaction.models.losses import diou_loss_1d, sigmoid_focal_loss

FPS = 5.


def build(**kwargs):
    return TemporalDetectionHead(4, 8, num_levels=3, **kwargs)


def pyramid(*lengths):
    """Features and masks of clips in windows of 32 steps, on 3 levels."""
    feats = [torch.randn(len(lengths), 8, 32 // 2**i) for i in range(3)]
    ends = torch.tensor(lengths)[:, None]
    masks = [torch.arange(32 // 2**i) < ends // 2**i for i in range(3)]
    return feats, masks


def sample(*actions, duration=6.4):
    """actions: (start, end, label), seconds."""
    out = ActionDataSample(
        metainfo=dict(grid_fps=FPS, duration=duration, clip_name='clip'))
    out.gt_instances = InstanceData(
        segments=torch.tensor([a[:2] for a in actions]).view(-1, 2),
        labels=torch.tensor([a[2] for a in actions], dtype=torch.long))
    return out


def test_starts_at_the_prior_with_common_distances():
    head = build(prior=0.02)
    feats, masks = pyramid(32, 32)
    logits, distances = head([torch.zeros_like(x) for x in feats], masks)
    assert logits.shape == (2, 56, 4) and distances.shape == (2, 56, 4, 2)
    # In the middle; at the ends a convolution sees fewer steps.
    assert logits.sigmoid().mean().item() == pytest.approx(0.02, rel=0.3)
    assert (distances >= 0).all()
    for plain in (head, build(per_class=False)):
        distances = plain(feats, masks)[1]
        assert torch.equal(distances[:, :, :1].expand_as(distances), distances)
    torch.nn.init.normal_(head.reg_offset.weight)
    distances = head(feats, masks)[1]
    assert (distances[:, :, 0] != distances[:, :, 1]).all()


def test_losses_by_hand():
    head = build(init_normalizer=40.)
    feats, masks = pyramid(32, 16)
    # The second action of the short clip lies on its padding.
    batch = [
        sample((1., 2.4, 0), (0.6, 4., 2)),
        sample((0.4, 1.2, 1), (4., 6., 3))
    ]
    losses = head.loss(feats, masks, batch)
    logits, distances = head(feats, masks)
    found, targets = head.label(masks, batch)
    cls, reg, count = 0., 0., 0
    for n, p in torch.cat(masks, 1).nonzero().tolist():
        cls += sigmoid_focal_loss(logits[n, p], found[n, p].float()).sum()
        for k in found[n, p].nonzero()[:, 0]:
            count += 1
            reg += diou_loss_1d(distances[n, p, k][None], targets[n, p,
                                                                  k][None])[0]
    assert count > 3 and found[1, :, 3].any()
    normalizer = 0.9 * 40 + 0.1 * count
    assert head.normalizer.item() == pytest.approx(normalizer)
    wanted = dict(loss_cls=cls / normalizer, loss_reg=reg / normalizer)
    torch.testing.assert_close(losses, wanted, rtol=1e-4, atol=0)
    head.eval().loss(feats, masks, batch)
    assert head.normalizer.item() == pytest.approx(normalizer)


@pytest.mark.parametrize('actions', [(), ((1., 2.4, 0), (0.6, 4., 2))])
def test_gradients_reach_all_weights(actions):
    head = build()
    losses = head.loss(*pyramid(32), [sample(*actions)])
    sum(losses.values()).backward()
    assert losses['loss_cls'] > 0
    assert (losses['loss_reg'] > 0) == bool(actions)
    for name, p in head.named_parameters():
        # Without actions there is nothing to learn about distances, but DDP
        # wants a gradient all the same.
        assert p.grad is not None and p.grad.isfinite().all(), name
        if actions and not name.startswith('scales.2'):
            assert p.grad.abs().sum() > 0, name


def detect(points, length=32, duration=6.4, frames=None, **kwargs):
    """Of a head that sees {(point, class): (logit, distances)} alone."""
    head = build(**kwargs)
    logits = torch.full((1, 56, 4), -20.)
    distances = torch.ones(1, 56, 4, 2)
    for (point, label), (logit, ends) in points.items():
        logits[0, point, label] = logit
        distances[0, point, label] = torch.tensor(ends)
    head.forward = lambda feats, masks: (logits, distances)
    result, = head.predict(*pyramid(length), [sample(duration=duration)],
                           frames)
    return result.pred_instances


def test_predictions_in_seconds():
    points = {
        (32 + 3, 2): (1., (2., 3.5)),  # level 1, step 3: at 6.5 steps
        (0, 1): (0., (1., 1.)),  # would start before the clip
        (25, 1): (5., (1., 1.)),  # padding
    }
    found = detect(points, length=20)
    torch.testing.assert_close(found.segments,
                               torch.tensor([[0.9, 2.0], [0., 0.3]]))
    assert found.labels.tolist() == [2, 1]
    torch.testing.assert_close(found.scores, torch.tensor([1., 0.]).sigmoid())


def test_frame_scores_judge_the_ends():
    """Of two segments that the head likes as well, the right one wins."""
    frames = torch.full((1, 4, 32), 0.1)
    frames[0, 1, 6:14] = 0.9
    # Steps 6 to 14 and 4 to 16.
    points = {(10, 1): (0., (4.5, 3.5)), (12, 1): (0., (8.5, 3.5))}
    found = detect(points, frames=frames, contrast_weight=0.75)
    torch.testing.assert_close(found.segments[0], torch.tensor([6., 14.]) / 5)
    # 8 of 12 steps inside score 0.9, none outside.
    inside, overlap = (8 * 0.9 + 4 * 0.1) / 12, 8 / 12
    lowered = math.exp(-overlap**2 / 0.5)
    assert found.scores[:2].tolist() == pytest.approx(
        [0.5**.25 * 0.8**.75, 0.5**.25 * (inside - 0.1)**.75 * lowered])


def test_two_actions_at_one_point_and_soft_nms():
    points = {
        (10, 0): (2., (8., 8.)),
        (10, 3): (1.5, (2., 2.)),
        (11, 0): (1.9, (8., 8.)),  # nearly the same action again
    }
    found = detect(points, nms=dict(sigma=0.5, min_score=0.01, max_num=3))
    assert found.labels.tolist() == [0, 3, 0]
    torch.testing.assert_close(found.scores[:2],
                               torch.tensor([2., 1.5]).sigmoid())
    assert found.scores[2] < 0.4
    torch.testing.assert_close(found.segments[:2],
                               torch.tensor([[2.5, 18.5], [8.5, 12.5]]) / FPS)


@pytest.mark.parametrize('share', [0., 1.])
def test_padding_detects_nothing_whatever_judges(share):
    points = {(20, k): (5., (15., 15.)) for k in range(4)}
    found = detect(
        points, 16, 3.2, torch.zeros(1, 4, 32), contrast_weight=share)
    assert found.segments.shape == (0, 2)
    assert found.labels.shape == found.scores.shape == (0, )


def test_errors():
    with pytest.raises(ValueError, match='contrast_weight.*1.5'):
        build(contrast_weight=1.5)
    head, (feats, masks) = build(), pyramid(32)
    with pytest.raises(ValueError, match='num_levels'):
        head(feats[:2], masks[:2])
    blank = ActionDataSample(metainfo=dict(grid_fps=FPS, clip_name='x1'))
    with pytest.raises(ValueError, match='x1.*gt_instances'):
        head.loss(feats, masks, [blank])
