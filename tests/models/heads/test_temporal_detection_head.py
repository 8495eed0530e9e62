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


def score(logit, contrast=1., share=0., iou=0.):
    """Of a detection that overlaps a better one of its class by ``iou``."""
    kept = 1 / (1 + math.exp(-logit))
    return kept**(1 - share) * contrast**share * math.exp(-iou**2 / 0.5)


# What a head sees, (point, class, logit, distances), and what it detects.
# At 6.5 steps on level 1; would start before the clip; on padding.
PLACES = [(35, 2, 1., 2., 3.5), (0, 1, 0., 1., 1.), (25, 1, 5., 1., 1.)]
PLACED = [(4.5, 10, 2, score(1)), (0, 1.5, 1, score(0))]
# Two actions at one point, and nearly the first one again.
TWINS = [(10, 0, 2., 8., 8.), (10, 3, 1.5, 2., 2.), (11, 0, 1.9, 8., 8.)]
LOWERED = [(2.5, 18.5, 0, score(2)), (8.5, 12.5, 3, score(1.5)),
           (3.5, 19.5, 0, score(1.9, iou=15 / 17))]
# The head likes both as well: frame scores of 0.9 at steps 6 to 14 judge.
EQUALS = [(10, 1, 0., 4.5, 3.5), (12, 1, 0., 8.5, 3.5)]
JUDGED = [(6, 14, 1, score(0, 0.9, .75)), (4, 16, 1, score(0, 0.6, .75,
                                                           2 / 3))]
PADDING = [(20, k, 5., 15., 15.) for k in range(4)]


@pytest.mark.parametrize('steps, share, points, expected', [
    (20, 0., PLACES, PLACED),
    (32, 0., TWINS, LOWERED),
    (32, .75, EQUALS, JUDGED),
    (16, 0., PADDING, []),
    (16, 1., PADDING, []),
])
def test_detections_by_hand(steps, share, points, expected, clip_with):
    """(start, end, label, score), in steps."""
    nms = dict(sigma=0.5, min_score=0.01, max_num=max(len(expected), 1))
    head = build(nms=nms, contrast_weight=share)
    logits, distances = torch.full((1, 56, 4), -20.), torch.ones(1, 56, 4, 2)
    for p, k, logit, *ends in points:
        logits[0, p, k], distances[0, p, k] = logit, torch.tensor(ends)
    head.forward = lambda feats, masks: (logits, distances)
    frames, clip = torch.zeros(1, 4, 32), clip_with(duration=steps / 5)
    frames[0, 1, 6:14] = 0.9 * (share < 1)
    found = head.predict(*pyramid(steps), [clip], frames)[0].pred_instances
    rows = *(found.segments * 5).T, found.labels, found.scores
    torch.testing.assert_close(
        torch.stack(rows, 1),
        torch.tensor(expected).view(-1, 4))


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
