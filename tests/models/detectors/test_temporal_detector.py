# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmaction_microaction.models.layers import iou_1d

FPS = 6.
NECK = dict(
    type='TemporalPyramid',
    in_channels=6,
    channels=32,
    num_levels=4,
    num_heads=2,
    window=9)
HEAD = dict(
    type='TemporalDetectionHead',
    num_classes=4,
    in_channels=32,
    num_levels=4,
    init_normalizer=20.)
NORM = dict(mean=[128.] * 3, std=[64.] * 3)
BACKBONES = dict(
    frames=(dict(
        type='SEResNetTSM', depth=18, base_channels=16,
        norm_eval=True), 'NCHW', 128),
    volume=(dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        pretrained2d=False,
        base_channels=16,
        conv1_kernel=(3, 7, 7),
        conv1_stride_t=1,
        pool1_stride_t=2,
        norm_eval=True), 'NCTHW', 128),
    vit=(dict(
        type='AdaptedVisionTransformer',
        adapter=dict(type='DSTAAdapter'),
        img_size=32,
        embed_dims=16,
        depth=2,
        num_heads=2,
        num_frames=4), 'NCTHW', 16),
    features=(None, 'NCT', 6))


def build(kind='features', max_frames=32, auxiliary_head=None, **head):
    backbone, layout, channels = BACKBONES[kind]
    norm = {} if kind == 'features' else NORM
    model = MODELS.build(
        dict(
            type='TemporalDetector',
            backbone=backbone,
            neck=dict(NECK, in_channels=channels),
            head=dict(HEAD, **head),
            auxiliary_head=auxiliary_head,
            data_preprocessor=dict(
                type='WindowDataPreprocessor',
                max_frames=max_frames,
                format_shape=layout,
                **norm)))
    model.init_weights()
    return model


def sample(steps, *actions):
    out = ActionDataSample(
        metainfo=dict(grid_fps=FPS, duration=steps / FPS, clip_name='clip'))
    out.gt_instances = InstanceData(
        segments=torch.tensor([a[:2] for a in actions]).view(-1, 2),
        labels=torch.tensor([a[2] for a in actions], dtype=torch.long))
    return out


def clip(kind, steps, size=32):
    shape = dict(
        frames=(steps, 3, size, size),
        features=(6, steps)).get(kind, (3, steps, size, size))
    x = torch.randn(shape)
    return x if kind == 'features' else (x * 64 + 128).clamp(0, 255).byte()


def batch(*pairs):
    inputs, samples = zip(*pairs)
    return dict(inputs=list(inputs), data_samples=list(samples))


def one_window(head=HEAD, **kwargs):
    """Eight steps of features, or of what ``kwargs`` say."""
    return MODELS.build(
        dict(
            dict(
                type='TemporalDetector',
                head=head,
                data_preprocessor=dict(
                    type='WindowDataPreprocessor',
                    max_frames=8,
                    format_shape='NCT')), **kwargs))


@pytest.mark.parametrize('kind', BACKBONES)
def test_every_kind_of_backbone_learns_and_detects(kind):
    model = build(kind)
    data = batch((clip(kind, 20), sample(20, (0.5, 2., 1))),
                 (clip(kind, 9), sample(9)))
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    sum(losses.values()).backward()
    assert all(v.isfinite() for v in losses.values())
    assert all(p.grad.isfinite().all() for p in model.parameters()
               if p.requires_grad)
    if kind != 'features':
        assert any(p.grad.any() for p in model.backbone.parameters()
                   if p.requires_grad)
    model.eval()
    with torch.no_grad():
        for result, seconds in zip(model.val_step(data), (20 / FPS, 9 / FPS)):
            found = result.pred_instances
            assert len(found) > 0
            assert found.segments.min() >= 0
            assert found.segments.max() <= seconds
            assert ((found.scores > 0) & (found.scores < 1)).all()


@pytest.mark.parametrize('kind', BACKBONES)
@pytest.mark.parametrize('steps', [9, 16])
def test_alone_and_beside_a_longer_clip(kind, steps):
    """Padding changes nothing."""
    model = build(kind).eval()
    torch.nn.init.normal_(model.head.cls_out.weight, std=0.2)
    torch.nn.init.normal_(model.head.reg_offset.weight, std=0.2)
    if kind == 'vit':
        for p in model.backbone.adapters.parameters():
            torch.nn.init.normal_(p, std=0.1)
    short, long = clip(kind, steps), clip(kind, 32)
    with torch.no_grad():
        alone, = model.val_step(batch((short, sample(steps))))
        beside = model.val_step(
            batch((long, sample(32)), (short, sample(steps))))[1]
        if kind in ('features', 'frames'):  # which skip padding
            model.data_preprocessor.max_frames = 40
            longer, = model.val_step(batch((short, sample(steps))))
            a, b = alone.pred_instances, longer.pred_instances
            # Points of another window come in another order.
            assert len(a) == len(b) > 0
            torch.testing.assert_close(a.scores, b.scores)
            torch.testing.assert_close(a.segments.sum(0), b.segments.sum(0))
    for key in ('segments', 'labels', 'scores'):
        torch.testing.assert_close(alone.pred_instances[key],
                                   beside.pred_instances[key], atol=1e-4,
                                   rtol=1e-4)  # yapf: disable


def test_simultaneous_actions_of_different_length_are_both_found():
    """A short action in the middle of a long one, twins of one class, and a
    clip without any: overfitted in seconds."""
    truth = [[(0.5, 4.5, 0), (2., 3., 1)], [(0.4, 1.4, 2), (3., 4.6, 2)], []]
    pairs = [(clip('features', n), sample(n, *actions))
             for n, actions in zip((32, 30, 24), truth)]
    model = build().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(120):
        data = model.data_preprocessor(batch(*pairs), True)
        losses = model(**data, mode='loss')
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        results = model.val_step(batch(*pairs))
    for actions, result in zip(truth, results):
        found = result.pred_instances
        sure = found[found.scores > 0.4]
        assert len(sure) == len(actions)
        for start, end, label in actions:
            own = sure[sure.labels == label].segments
            assert iou_1d(torch.tensor([start, end]), own).max() > 0.8


def test_auxiliary_head_teaches_the_backbone():
    auxiliary = dict(type='FramewiseHead', num_classes=4, in_channels=128)
    model = build('frames', auxiliary_head=auxiliary).eval()
    pairs = [(clip('frames', 20), sample(20, (0.5, 2., 1))),
             (clip('frames', 9), sample(9))]
    data = model.data_preprocessor(batch(*pairs))
    losses = model(**data, mode='loss')
    # What the frame-wise detector would learn from alone.
    feats = model.run_backbone(data['inputs'], data['masks'])
    wanted = model.auxiliary_head.loss([feats], [data['masks']],
                                       data['data_samples'])['loss_cls']
    torch.testing.assert_close(losses['aux.loss_cls'], wanted)
    assert {'loss_cls', 'loss_reg', 'aux.loss_cls'} == set(losses)
    # The runner sums what has "loss" in its name.
    total, _ = model.parse_losses(losses)
    torch.testing.assert_close(total, sum(losses.values()))
    losses['aux.loss_cls'].backward()
    assert model.backbone.conv1.conv.weight.grad.abs().sum() > 0
    assert all(p.grad is None for p in model.head.parameters())
    # It judges the detections, unless told not to.
    scores = []
    for share in (0., 0.5):
        model.head.contrast_weight = share
        with torch.no_grad():
            result, _ = model.val_step(batch(*pairs))
        scores.append(result.pred_instances.scores)
    model.auxiliary_head = None
    with torch.no_grad():
        result, _ = model.val_step(batch(*pairs))
    torch.testing.assert_close(scores[0], result.pred_instances.scores)
    assert scores[1].sum() != scores[0].sum()


def test_tensor_mode_and_without_neck():
    model = build()
    data = model.data_preprocessor(batch((clip('features', 20), sample(20))))
    logits, distances = model(data['inputs'], data['masks'])
    assert logits.shape == (1, 32 + 16 + 8 + 4, 4)
    assert distances.shape == (*logits.shape, 2)
    model.neck = None
    feats, masks = model.extract_feat(data['inputs'], data['masks'])
    assert len(feats) == len(masks) == 1
    assert torch.equal(feats[0], data['inputs'])


def test_frames_of_padding_are_not_computed():
    model = build('frames').eval()
    seen = []
    model.backbone.register_forward_pre_hook(
        lambda module, args: seen.append(len(args[0])))
    with torch.no_grad():
        model.val_step(
            batch((clip('frames', 7), sample(7)),
                  (clip('frames', 12), sample(12))))
    assert seen == [19]


def test_pathways_are_joined():
    model = build('volume')
    inputs, masks = torch.zeros(1, 3, 32, 8, 8), torch.ones(1, 32).bool()
    slow, fast = torch.randn(1, 5, 4, 2, 2), torch.randn(1, 2, 32, 2, 2)
    del model.backbone
    model.backbone = lambda x: (slow, fast)
    feats = model.run_backbone(inputs, masks)
    assert feats.shape == (1, 7, 32)
    torch.testing.assert_close(feats[:, :2], fast.mean((3, 4)))
    model.backbone = lambda x: torch.zeros(1, 16)
    with pytest.raises(ValueError, match='keep time'):
        model(inputs, masks)


FRAMES = dict(type='FramewiseHead', num_classes=3, in_channels=6)
WINDOW = dict(type='WindowDataPreprocessor', max_frames=8)


@pytest.mark.parametrize('settings, match', [
    (dict(auxiliary_head=FRAMES), 'auxiliary_head.*4 classes'),
    (dict(head=FRAMES, auxiliary_head=FRAMES), 'is a FramewiseHead'),
    (dict(data_preprocessor=WINDOW), 'format_shape'),
    (dict(data_preprocessor=None), 'WindowDataPreprocessor'),
    (dict(backbone=dict(type='ResNetTSM', depth=18),
          data_preprocessor=WINDOW), 'SEResNetTSM'),
])
def test_parts_that_do_not_go_together(settings, match):
    with pytest.raises(ValueError, match=match):
        one_window(**settings)


def test_unknown_mode():
    with pytest.raises(ValueError, match='mode'):
        build()(torch.zeros(1, 6, 4), torch.ones(1, 4).bool(), mode='train')
