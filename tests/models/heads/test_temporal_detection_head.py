# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch

from mmaction_microaction.models import TemporalDetectionHead
from mmaction_microaction.models.losses import diou_loss_1d, sigmoid_focal_loss

ACTIONS = (1., 2.4, 0), (0.6, 4., 2)


def build(**kwargs):
    return TemporalDetectionHead(4, 8, num_levels=3, **kwargs)


def pyramid(*lengths):
    """Features and masks of clips in windows of 32 steps, on 3 levels."""
    feats = [torch.randn(len(lengths), 8, 32 // 2**i) for i in range(3)]
    ends = torch.tensor(lengths)[:, None]
    masks = [torch.arange(32 // 2**i) < ends // 2**i for i in range(3)]
    return feats, masks


def test_starts_at_the_prior_with_common_distances():
    head = build(prior=0.02)
    feats, masks = pyramid(32, 32)
    logits, distances = head([torch.zeros_like(x) for x in feats], masks)
    assert logits.shape == (2, 56, 4) and distances.shape == (2, 56, 4, 2)
    # In the middle; at the ends a convolution sees fewer steps.
    assert logits.sigmoid().mean().item() == pytest.approx(0.02, rel=0.3)
    for plain in (head, build(per_class=False)):
        distances = plain(feats, masks)[1]
        assert (distances >= 0).all()
        assert torch.equal(distances[:, :, :1].expand_as(distances), distances)
    torch.nn.init.normal_(head.reg_offset.weight)
    distances = head(feats, masks)[1]
    assert (distances[:, :, 0] != distances[:, :, 1]).all()


def test_losses_by_hand(clip_with):
    head = build(init_normalizer=40.)
    feats, masks = pyramid(32, 16)
    # The second action of the short clip lies on its padding.
    batch = [clip_with(*ACTIONS), clip_with((0.4, 1.2, 1), (4., 6., 3))]
    losses = head.loss(feats, masks, batch)
    logits, distances = head(feats, masks)
    found, targets = head.label(masks, batch)
    cls, reg, count = 0., 0., 0
    for n, p in torch.cat(masks, 1).nonzero().tolist():
        own = found[n, p]
        cls += sigmoid_focal_loss(logits[n, p], own.float()).sum()
        reg += diou_loss_1d(distances[n, p, own], targets[n, p, own]).sum()
        count += own.sum().item()
    assert count > 3 and found[1, :, 3].any()
    normalizer = 0.9 * 40 + 0.1 * count
    wanted = dict(loss_cls=cls / normalizer, loss_reg=reg / normalizer)
    torch.testing.assert_close(losses, wanted, rtol=1e-4, atol=0)
    head.eval().loss(feats, masks, batch)
    assert head.normalizer.item() == pytest.approx(normalizer)


@pytest.mark.parametrize('actions', [(), ACTIONS])
def test_gradients_reach_all_weights(actions, clip_with):
    head = build()
    losses = head.loss(*pyramid(32), [clip_with(*actions)])
    sum(losses.values()).backward()
    assert losses['loss_cls'] > 0
    assert (losses['loss_reg'] > 0) == bool(actions)
    for name, p in head.named_parameters():
        # Without actions there is nothing to learn about distances, but DDP
        # wants a gradient all the same.
        assert p.grad is not None and p.grad.isfinite().all(), name
        if actions and not name.startswith('scales.2'):
            assert p.grad.any(), name


def detect(clip, points, frames=None, max_num=200, **kwargs):
    """(start, end, label, score), in steps, of a head that sees {(point,
    class): (logit, distances)} alone."""
    nms = dict(sigma=0.5, min_score=0.01, max_num=max_num)
    head = build(nms=nms, **kwargs)
    logits = torch.full((1, 56, 4), -20.)
    distances = torch.ones(1, 56, 4, 2)
    for at, (logit, ends) in points.items():
        logits[(0, *at)] = logit
        distances[(0, *at)] = torch.tensor(ends)
    head.forward = lambda feats, masks: (logits, distances)
    length = round(clip.duration * 5)
    result, = head.predict(*pyramid(length), [clip], frames)
    found = result.pred_instances
    ends = (found.segments * 5).unbind(dim=1)
    return torch.stack([*ends, found.labels, found.scores], 1)


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


@pytest.mark.parametrize(
    'length, points, expected',
    [
        (
            20,
            {
                (32 + 3, 2): (1., (2., 3.5)),  # level 1, step 3: at 6.5 steps
                (0, 1): (0., (1., 1.)),  # would start before the clip
                (25, 1): (5., (1., 1.)),  # padding
            },
            [(4.5, 10, 2, sigmoid(1)), (0, 1.5, 1, 0.5)]),
        (
            32,
            {
                (10, 0): (2., (8., 8.)),
                (10, 3): (1.5, (2., 2.)),
                (11, 0): (1.9, (8., 8.)),  # nearly the same action again
            },
            [(2.5, 18.5, 0, sigmoid(2)), (8.5, 12.5, 3, sigmoid(1.5)),
             (3.5, 19.5, 0, sigmoid(1.9) * math.exp(-(15 / 17)**2 / 0.5))]),
    ])
def test_predictions_by_hand(length, points, expected, clip_with):
    clip = clip_with(duration=length / 5)
    found = detect(clip, points, max_num=len(expected))
    torch.testing.assert_close(found, torch.tensor(expected))


def test_frame_scores_judge_the_ends(clip_with):
    """Of two segments that the head likes as well, the right one wins."""
    frames = torch.full((1, 4, 32), 0.1)
    frames[0, 1, 6:14] = 0.9
    points = {(10, 1): (0., (4.5, 3.5)), (12, 1): (0., (8.5, 3.5))}
    found = detect(clip_with(), points, frames, 2, contrast_weight=0.75)
    # 8 of 12 steps inside score 0.9, none outside.
    inside, overlap = (8 * 0.9 + 4 * 0.1) / 12, 8 / 12
    lowered = math.exp(-overlap**2 / 0.5)
    expected = [(6, 14, 1, 0.5**.25 * 0.8**.75),
                (4, 16, 1, 0.5**.25 * (inside - 0.1)**.75 * lowered)]
    torch.testing.assert_close(found, torch.tensor(expected))


@pytest.mark.parametrize('share', [0., 1.])
def test_padding_detects_nothing_whatever_judges(share, clip_with):
    points = {(20, k): (5., (15., 15.)) for k in range(4)}
    found = detect(
        clip_with(duration=3.2),
        points,
        torch.zeros(1, 4, 32),
        contrast_weight=share)
    assert found.shape == (0, 4)


def test_errors(clip_with):
    with pytest.raises(ValueError, match='contrast_weight.*1.5'):
        build(contrast_weight=1.5)
    head, (feats, masks) = build(), pyramid(32)
    with pytest.raises(ValueError, match='num_levels'):
        head(feats[:2], masks[:2])
    blank = clip_with(clip_name='x1')
    del blank.gt_instances
    with pytest.raises(ValueError, match='x1.*gt_instances'):
        head.loss(feats, masks, [blank])
