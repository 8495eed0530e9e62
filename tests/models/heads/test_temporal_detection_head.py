# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmaction_microaction.models.losses import diou_loss_1d, sigmoid_focal_loss

FPS = 5.


def build(**kwargs):
    return MODELS.build(
        dict(
            type='TemporalDetectionHead',
            num_classes=4,
            in_channels=8,
            num_levels=3,
            **kwargs))


def pyramid(clips, steps=32):
    feats = [torch.randn(clips, 8, steps // 2**i) for i in range(3)]
    masks = [torch.ones(clips, steps // 2**i).bool() for i in range(3)]
    return feats, masks


def sample(*actions, duration=6.4, name='clip'):
    """actions: (start, end, label), seconds."""
    out = ActionDataSample(
        metainfo=dict(grid_fps=FPS, duration=duration, clip_name=name))
    out.gt_instances = InstanceData(
        segments=torch.tensor([a[:2] for a in actions]).view(-1, 2),
        labels=torch.tensor([a[2] for a in actions], dtype=torch.long))
    return out


def test_starts_at_the_prior_with_common_distances():
    head = build(prior=0.02)
    feats, masks = pyramid(2)
    logits, distances = head([torch.zeros_like(x) for x in feats], masks)
    assert logits.shape == (2, 56, 4) and distances.shape == (2, 56, 4, 2)
    # In the middle; at the ends a convolution sees fewer steps.
    assert logits.sigmoid().mean().item() == pytest.approx(0.02, rel=0.3)
    assert (distances >= 0).all()
    assert torch.equal(distances[:, :, :1].expand_as(distances), distances)
    _, distances = head(feats, masks)
    assert torch.equal(distances[:, :, :1].expand_as(distances), distances)
    torch.nn.init.normal_(head.reg_offset.weight)
    _, distances = head(feats, masks)
    assert (distances[:, :, 0] != distances[:, :, 1]).all()
    agnostic = build(per_class=False)
    assert agnostic.reg_offset is None
    _, distances = agnostic(feats, masks)
    assert torch.equal(distances[:, :, :1].expand_as(distances), distances)


def test_losses_by_hand():
    head = build(init_normalizer=40., reg_weight=2.)
    feats, masks = pyramid(2)
    masks = [m.clone() for m in masks]
    for i, m in enumerate(masks):
        m[1, 16 // 2**i:] = False
    # The second action of the short clip lies on its padding.
    batch = [
        sample((1., 2.4, 0), (0.6, 4., 2)),
        sample((0.4, 1.2, 1), (4., 6., 3))
    ]
    losses = head.loss(feats, masks, batch)
    logits, distances = head(feats, masks)
    found, targets = head.label(masks, batch)
    cls, reg, count = 0., 0., 0
    for n in range(2):
        for p in range(56):
            if not torch.cat(masks, 1)[n, p]:
                continue
            cls += sigmoid_focal_loss(logits[n, p], found[n, p].float()).sum()
            for k in found[n, p].nonzero()[:, 0]:
                count += 1
                reg += diou_loss_1d(distances[n, p, k][None],
                                    targets[n, p, k][None])[0]
    assert count > 3 and found[1, :, 3].any()
    normalizer = 0.9 * 40 + 0.1 * count
    assert head.normalizer.item() == pytest.approx(normalizer)
    assert losses['loss_cls'].item() == pytest.approx(
        cls.item() / normalizer, rel=1e-4)
    assert losses['loss_reg'].item() == pytest.approx(
        2 * reg.item() / normalizer, rel=1e-4)
    head.eval().loss(feats, masks, batch)
    assert head.normalizer.item() == pytest.approx(normalizer)


@pytest.mark.parametrize('actions', [(), ((1., 2.4, 0), (0.6, 4., 2))])
def test_gradients_reach_all_weights(actions):
    head = build()
    feats, masks = pyramid(1)
    losses = head.loss(feats, masks, [sample(*actions)])
    sum(losses.values()).backward()
    assert losses['loss_cls'] > 0
    assert (losses['loss_reg'] > 0) == bool(actions)
    for name, p in head.named_parameters():
        # Without actions there is nothing to learn about distances, but DDP
        # wants a gradient all the same.
        assert p.grad is not None and p.grad.isfinite().all(), name
        if actions and not name.startswith('scales.2'):
            assert p.grad.abs().sum() > 0, name


def set_outputs(head, logits, distances):
    head.forward = lambda feats, masks: (logits, distances)


def test_predictions_in_seconds():
    """One point of level 1 and one of padding, by hand."""
    head = build()
    feats, masks = pyramid(1)
    masks[0][:, 20:] = False
    logits = torch.full((1, 56, 4), -20.)
    distances = torch.ones(1, 56, 4, 2)
    logits[0, 32 + 3, 2] = 1.  # level 1, step 3: at 6.5 steps
    distances[0, 32 + 3, 2] = torch.tensor([2., 3.5])
    logits[0, 0, 1] = 0.  # at 0.5 steps, would start before the clip
    logits[0, 25, 1] = 5.  # padding
    set_outputs(head, logits, distances)
    result, = head.predict(feats, masks, [sample()])
    found = result.pred_instances
    torch.testing.assert_close(found.segments,
                               torch.tensor([[0.9, 2.0], [0., 0.3]]))
    assert found.labels.tolist() == [2, 1]
    torch.testing.assert_close(found.scores, torch.tensor([1., 0.]).sigmoid())
    assert 'gt_instances' in result.to_dict()


def test_frame_scores_judge_the_ends():
    """Of two segments that the head likes as well, the right one wins."""
    head = build(contrast_weight=0.75)
    feats, masks = pyramid(1)
    logits = torch.full((1, 56, 4), -20.)
    distances = torch.ones(1, 56, 4, 2)
    logits[0, [10, 12], 1] = 0.
    distances[0, 10, 1] = torch.tensor([4.5, 3.5])  # steps 6 to 14
    distances[0, 12, 1] = torch.tensor([8.5, 3.5])  # steps 4 to 16
    set_outputs(head, logits, distances)
    frames = torch.full((1, 4, 32), 0.1)
    frames[0, 1, 6:14] = 0.9
    result, = head.predict(feats, masks, [sample()], frames)
    found = result.pred_instances
    torch.testing.assert_close(found.segments[0], torch.tensor([6., 14.]) / 5)
    assert found.scores[0].item() == pytest.approx(0.5**.25 * 0.8**.75)
    # 8 of 12 steps inside score 0.9, none outside.
    inside = (8 * 0.9 + 4 * 0.1) / 12
    overlap = 8 / 12
    lowered = torch.tensor(-overlap**2 / 0.5).exp().item()
    assert found.scores[1].item() == pytest.approx(
        0.5**.25 * (inside - 0.1)**.75 * lowered)


def test_two_actions_at_one_point_and_soft_nms():
    head = build(nms=dict(sigma=0.5, min_score=0.01, max_num=3))
    feats, masks = pyramid(1)
    logits = torch.full((1, 56, 4), -20.)
    distances = torch.ones(1, 56, 4, 2)
    logits[0, 10, 0], logits[0, 10, 3] = 2., 1.5
    distances[0, 10, 0], distances[0, 10, 3] = 8., 2.
    logits[0, 11, 0] = 1.9  # nearly the same action again
    distances[0, 11, 0] = 8.
    set_outputs(head, logits, distances)
    result, = head.predict(feats, masks, [sample()])
    found = result.pred_instances
    assert found.labels.tolist() == [0, 3, 0]
    assert found.scores[:2].tolist() == pytest.approx(
        torch.tensor([2., 1.5]).sigmoid().tolist())
    assert found.scores[2] < 0.4
    torch.testing.assert_close(found.segments[:2],
                               torch.tensor([[2.5, 18.5], [8.5, 12.5]]) / FPS)


def test_nothing_found():
    head = build()
    feats, masks = pyramid(2)
    set_outputs(head, torch.full((2, 56, 4), -20.), torch.ones(2, 56, 4, 2))
    for result in head.predict(feats, masks, [sample(), sample()]):
        found = result.pred_instances
        assert found.segments.shape == (0, 2)
        assert found.labels.shape == found.scores.shape == (0, )


@pytest.mark.parametrize('share', [0., 1.])
def test_padding_detects_nothing_whatever_judges(share):
    head = build(contrast_weight=share)
    feats, masks = pyramid(1)
    masks = [m.clone() for m in masks]
    for i, m in enumerate(masks):
        m[:, 16 // 2**i:] = False
    logits = torch.full((1, 56, 4), -20.)
    logits[0, 20] = 5.  # behind the clip's end
    distances = torch.full((1, 56, 4, 2), 15.)
    set_outputs(head, logits, distances)
    result, = head.predict(feats, masks, [sample(duration=3.2)],
                           torch.zeros(1, 4, 32))
    assert len(result.pred_instances) == 0


def test_errors():
    with pytest.raises(ValueError, match='contrast_weight.*1.5'):
        build(contrast_weight=1.5)
    head = build()
    feats, masks = pyramid(1)
    with pytest.raises(ValueError, match='num_levels'):
        head(feats[:2], masks[:2])
    blank = ActionDataSample(metainfo=dict(grid_fps=FPS, clip_name='x1'))
    with pytest.raises(ValueError, match='gt_instances.*x1'):
        head.loss(feats, masks, [blank])
