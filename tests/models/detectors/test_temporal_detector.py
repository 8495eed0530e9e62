# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmaction_microaction.models import TemporalDetector
from mmaction_microaction.models.layers import iou_1d

FPS = 6.
NECK = dict(
    type='TemporalPyramid', channels=32, num_levels=4, num_heads=2, window=9)
HEAD = dict(
    type='TemporalDetectionHead',
    num_classes=4,
    in_channels=32,
    num_levels=4,
    init_normalizer=20.)
WINDOW = dict(type='WindowDataPreprocessor', max_frames=32)
FRAMES = dict(type='SEResNetTSM', depth=18, base_channels=16, norm_eval=True)
VOLUME = dict(
    FRAMES,
    type='ResNet3d',
    pretrained=None,
    pretrained2d=False,
    conv1_kernel=(3, 7, 7),
    conv1_stride_t=1,
    pool1_stride_t=2)
VIT = dict(
    type='AdaptedVisionTransformer',
    adapter=dict(type='DSTAAdapter'),
    img_size=32,
    embed_dims=16,
    depth=2,
    num_heads=2,
    num_frames=4)
#: Kind -> backbone, its layout and channels; shape of a clip of T steps.
BACKBONES = dict(
    frames=(FRAMES, 'NCHW', 128, lambda t: (t, 3, 32, 32)),
    volume=(VOLUME, 'NCTHW', 128, lambda t: (3, t, 32, 32)),
    vit=(VIT, 'NCTHW', 16, lambda t: (3, t, 32, 32)),
    features=(None, 'NCT', 6, lambda t: (6, t)))


def build(kind='features', auxiliary_head=None):
    backbone, layout, channels, _ = BACKBONES[kind]
    norm = {} if kind == 'features' else dict(mean=[128.] * 3, std=[64.] * 3)
    model = TemporalDetector(
        HEAD,
        backbone,
        dict(NECK, in_channels=channels),
        auxiliary_head,
        data_preprocessor=dict(WINDOW, format_shape=layout, **norm))
    model.init_weights()
    return model


def batch(kind, *clips):
    """Of (T, *actions), an action being (start, end, label), seconds."""
    inputs, samples = [], []
    for steps, *actions in clips:
        x = torch.randn(BACKBONES[kind][3](steps))
        if kind != 'features':
            x = (x * 64 + 128).clamp(0, 255).byte()
        inputs.append(x)
        meta = dict(grid_fps=FPS, duration=steps / FPS, clip_name='clip')
        samples.append(ActionDataSample(metainfo=meta))
        samples[-1].gt_instances = InstanceData(
            segments=torch.tensor([a[:2] for a in actions]).view(-1, 2),
            labels=torch.tensor([a[2] for a in actions], dtype=torch.long))
    return dict(inputs=inputs, data_samples=samples)


@torch.no_grad()
def detect(model, data):
    return [x.pred_instances for x in model.eval().val_step(data)]


@pytest.mark.parametrize('kind', BACKBONES)
def test_every_kind_of_backbone_learns_and_detects(kind):
    model = build(kind)
    data = batch(kind, (20, (0.5, 2., 1)), (9, ))
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    sum(losses.values()).backward()
    learning = [p for p in model.parameters() if p.requires_grad]
    assert all(p.grad.isfinite().all() for p in learning)
    reached = model if kind == 'features' else model.backbone
    assert any(p.grad.any() for p in reached.parameters() if p.requires_grad)
    for found, seconds in zip(detect(model, data), (20 / FPS, 9 / FPS)):
        assert len(found) > 0
        assert 0 <= found.segments.min() and found.segments.max() <= seconds
        assert 0 < found.scores.min() and found.scores.max() < 1


@pytest.mark.parametrize('kind', BACKBONES)
@pytest.mark.parametrize('steps', [9, 16])
def test_alone_and_beside_a_longer_clip(kind, steps):
    """Padding changes nothing."""
    model, seen = build(kind), []
    torch.nn.init.normal_(model.head.cls_out.weight, std=0.2)
    torch.nn.init.normal_(model.head.reg_offset.weight, std=0.2)
    if kind == 'vit':
        for p in model.backbone.adapters.parameters():
            torch.nn.init.normal_(p, std=0.1)
    data = batch(kind, (32, ), (steps, ))
    last = {key: values[1:] for key, values in data.items()}
    alone, = detect(model, last)
    beside = detect(model, data)[1]
    for key in ('segments', 'labels', 'scores'):
        torch.testing.assert_close(
            alone[key], beside[key], atol=1e-4, rtol=1e-4)
    if kind == 'frames':  # padding is not even computed
        model.backbone.register_forward_pre_hook(
            lambda module, args: seen.append(len(args[0])))
    if kind in ('features', 'frames'):
        model.data_preprocessor.max_frames = 40
        longer, = detect(model, last)
        assert seen == [steps] * (kind == 'frames')
        # Points of another window come in another order.
        assert len(alone) == len(longer) > 0
        torch.testing.assert_close(alone.scores, longer.scores)
        torch.testing.assert_close(
            alone.segments.sum(0), longer.segments.sum(0))


def test_simultaneous_actions_of_different_length_are_both_found():
    """A short action in the middle of a long one, twins of one class, and a
    clip without any: overfitted in seconds."""
    truth = [(32, (0.5, 4.5, 0), (2., 3., 1)),
             (30, (0.4, 1.4, 2), (3., 4.6, 2)), (24, )]
    data = batch('features', *truth)
    model = build().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(120):
        losses = model(**model.data_preprocessor(data, True), mode='loss')
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    for (_, *actions), found in zip(truth, detect(model, data)):
        sure = found[found.scores > 0.4]
        assert len(sure) == len(actions)
        for start, end, label in actions:
            own = sure[sure.labels == label].segments
            assert iou_1d(torch.tensor([start, end]), own).max() > 0.8


def test_auxiliary_head_teaches_the_backbone():
    auxiliary = dict(type='FramewiseHead', num_classes=4, in_channels=128)
    model = build('frames', auxiliary_head=auxiliary).eval()
    pair = batch('frames', (20, (0.5, 2., 1)), (9, ))
    data = model.data_preprocessor(pair)
    losses = model(**data, mode='loss')
    # What the frame-wise detector would learn from alone.
    feats = model.run_backbone(data['inputs'], data['masks'])
    wanted = model.auxiliary_head.loss([feats], [data['masks']],
                                       data['data_samples'])['loss_cls']
    torch.testing.assert_close(losses['aux.loss_cls'], wanted)
    # The runner sums what has "loss" in its name.
    assert {'loss_cls', 'loss_reg', 'aux.loss_cls'} == set(losses)
    losses['aux.loss_cls'].backward()
    assert model.backbone.conv1.conv.weight.grad.any()
    assert all(p.grad is None for p in model.head.parameters())
    # It judges the detections, unless told not to.
    judged = detect(model, pair)[0].scores
    model.head.contrast_weight = 0.
    unjudged = detect(model, pair)[0].scores
    model.auxiliary_head = None
    torch.testing.assert_close(unjudged, detect(model, pair)[0].scores)
    assert judged.sum() != unjudged.sum()


def test_tensor_mode_and_without_neck():
    model = build()
    data = model.data_preprocessor(batch('features', (20, )))
    logits, distances = model(data['inputs'], data['masks'])
    assert logits.shape == (1, 32 + 16 + 8 + 4, 4)
    assert distances.shape == (*logits.shape, 2)
    with pytest.raises(ValueError, match='mode'):
        model(data['inputs'], data['masks'], mode='train')
    del model.head
    model.neck, model.head = None, lambda *levels: levels
    feats, masks = model(data['inputs'], data['masks'])
    assert len(feats) == len(masks) == 1
    assert torch.equal(feats[0], data['inputs'])


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


PLAINEST = dict(type='FramewiseHead', num_classes=3, in_channels=6)


@pytest.mark.parametrize('settings, match', [
    (dict(auxiliary_head=PLAINEST), 'auxiliary_head.*4 classes'),
    (dict(head=PLAINEST, auxiliary_head=PLAINEST), 'is a FramewiseHead'),
    (dict(data_preprocessor=WINDOW), 'format_shape'),
    (dict(data_preprocessor=None), 'WindowDataPreprocessor'),
    (dict(backbone=dict(type='ResNetTSM', depth=18),
          data_preprocessor=WINDOW), 'SEResNetTSM'),
])
def test_parts_that_do_not_go_together(settings, match):
    preprocessor = dict(WINDOW, format_shape='NCT')
    settings = dict(head=HEAD, data_preprocessor=preprocessor) | settings
    with pytest.raises(ValueError, match=match):
        TemporalDetector(**settings)
