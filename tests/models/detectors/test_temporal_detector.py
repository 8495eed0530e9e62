# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
import torch.nn.functional as F
from mmengine.dataset import pseudo_collate

from mmaction_microaction.datasets import PackDetectionInputs
from mmaction_microaction.models import TemporalDetector
from mmaction_microaction.models.layers import iou_1d

FPS = 6.
NECK = dict(
    type='TemporalPyramid', channels=32, num_levels=4, num_heads=2, window=9)
PLAINEST = dict(type='FramewiseHead', num_classes=4, in_channels=128)
HEAD = dict(type='TemporalDetectionHead', num_classes=4, in_channels=32)
HEAD.update(num_levels=4, init_normalizer=20.)
WINDOW = dict(type='WindowDataPreprocessor', max_frames=32)
FRAMES = dict(type='SEResNetTSM', depth=18, base_channels=16, norm_eval=True)
VOLUME = dict(FRAMES, type='ResNet3d', pretrained=None, pretrained2d=False)
VOLUME.update(conv1_kernel=(3, 7, 7), conv1_stride_t=1, pool1_stride_t=2)
VIT = dict(type='AdaptedVisionTransformer', adapter=dict(type='DSTAAdapter'))
VIT.update(img_size=32, embed_dims=16, depth=2, num_heads=2, num_frames=4)
#: Kind -> backbone, its layout and channels; shape of a clip of T steps.
BACKBONES = dict(
    frames=(FRAMES, 'NCHW', 128, lambda t: (t, 3, 32, 32)),
    volume=(VOLUME, 'NCTHW', 128, lambda t: (3, t, 32, 32)),
    vit=(VIT, 'NCTHW', 16, lambda t: (3, t, 32, 32)),
    features=(None, 'NCT', 6, lambda t: (6, t)))


def build(kind='features', auxiliary_head=None, extra=0, **kwargs):
    backbone, layout, channels, _ = BACKBONES[kind]
    model = TemporalDetector(
        HEAD,
        backbone,
        dict(NECK, in_channels=channels + extra),
        auxiliary_head,
        **kwargs,
        data_preprocessor=dict(WINDOW, format_shape=layout))
    model.init_weights()
    return model


def batch(kind, *clips):
    """Of (T, *actions), an action being (start, end, label), seconds."""
    packed = []
    for steps, *actions in clips:
        clip = dict(
            imgs=torch.randn(BACKBONES[kind][3](steps)),
            grid_fps=FPS,
            duration=steps / FPS,
            gt_segments=[a[:2] for a in actions],
            gt_labels=[a[2] for a in actions])
        packed.append(PackDetectionInputs()(clip))
    return pseudo_collate(packed)


def losses_of(model, data):
    return model(**model.data_preprocessor(data, True), mode='loss')


@torch.no_grad()
def detect(model, data):
    return [x.pred_instances for x in model.eval().val_step(data)]


@pytest.mark.parametrize('kind', BACKBONES)
def test_learns_and_padding_changes_nothing(kind):
    """A clip alone, beside longer ones, and in a longer window."""
    model, clips, seen = build(kind), ((32, ), (16, (0.5, 2., 1)), (9, )), []
    data = batch(kind, *clips)
    sum(losses_of(model, data).values()).backward()
    learning = [p for p in model.parameters() if p.requires_grad]
    assert all(p.grad.isfinite().all() for p in learning)
    reached = model if kind == 'features' else model.backbone
    assert any(p.grad.any() for p in reached.parameters() if p.requires_grad)
    names = 'adapters', 'cls_out.weight', 'reg_offset.weight'
    for name, p in model.named_parameters():
        if any(part in name for part in names):
            torch.nn.init.normal_(p, std=0.2)
    if kind == 'frames':  # padding is not even computed
        model.backbone.register_forward_pre_hook(
            lambda module, args: seen.append(len(args[0])))
    together = detect(model, data)
    for i, (steps, *_) in enumerate(clips):
        single = {key: values[i:i + 1] for key, values in data.items()}
        alone, = detect(model, single)
        assert len(alone) > 0
        assert 0 <= alone.segments.min() < alone.segments.max() <= steps / FPS
        assert 0 < alone.scores.min() and alone.scores.max() < 1
        pair = dict(alone.items()), dict(together[i].items())
        torch.testing.assert_close(*pair, atol=1e-4, rtol=1e-4)
        if kind in ('features', 'frames'):
            model.data_preprocessor.max_frames = 40
            longer, = detect(model, single)
            model.data_preprocessor.max_frames = 32
            # Points of another window come in another order.
            torch.testing.assert_close(alone.scores, longer.scores)
            torch.testing.assert_close(
                alone.segments.sum(0), longer.segments.sum(0))
    assert seen == [57, 32, 32, 16, 16, 9, 9] * (kind == 'frames')


def test_simultaneous_actions_of_different_length_are_both_found():
    """A short action in the middle of a long one, twins of one class, and a
    clip without any: overfitted in seconds."""
    truth = [(32, (0.5, 4.5, 0), (2., 3., 1)),
             (30, (0.4, 1.4, 2), (3., 4.6, 2)), (24, )]
    data = batch('features', *truth)
    model = build().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(120):
        optimizer.zero_grad()
        sum(losses_of(model, data).values()).backward()
        optimizer.step()
    for (_, *actions), found in zip(truth, detect(model, data)):
        sure = found[found.scores > 0.4]
        assert len(sure) == len(actions)
        for start, end, label in actions:
            own = sure[sure.labels == label].segments
            assert iou_1d(torch.tensor([start, end]), own).max() > 0.8


def test_auxiliary_head_teaches_the_backbone_and_judges():
    model = build('frames', PLAINEST).eval()
    pair = batch('frames', (20, (0.5, 2., 1)), (9, ))
    data = model.data_preprocessor(pair)
    losses = model(**data, mode='loss')
    # The runner sums what has "loss" in its name.
    assert {'loss_cls', 'loss_reg', 'aux.loss_cls'} == set(losses)
    # What the frame-wise detector would learn from alone.
    inputs, masks, clips = data['inputs'], data['masks'], data['data_samples']
    feats = model.run_backbone(inputs, masks)
    wanted = model.auxiliary_head.loss([feats], [masks], clips)['loss_cls']
    torch.testing.assert_close(losses['aux.loss_cls'], wanted)
    losses['aux.loss_cls'].backward()
    assert model.backbone.conv1.conv.weight.grad.any()
    assert all(p.grad is None for p in model.head.parameters())
    judged = detect(model, pair)[0].scores
    model.head.contrast_weight = 0.
    unjudged = detect(model, pair)[0].scores
    model.auxiliary_head = None
    torch.testing.assert_close(unjudged, detect(model, pair)[0].scores)
    assert judged.sum() != unjudged.sum()


@pytest.mark.parametrize('kind', ['frames', 'volume'])
def test_cells_of_a_frame_are_averaged_for_themselves(kind):
    channels = BACKBONES[kind][2]
    model = build(kind, None, channels, grid=(1, 2)).eval()
    data = model.data_preprocessor(batch(kind, (20, (.5, 2., 1)), (9, )))
    masks = data['masks']
    # 64 pixels are two positions.
    inputs = data['inputs'].repeat_interleave(2, dim=-1)
    feats = model.run_backbone(inputs, masks)
    model.grid = (1, 1)
    mean = model.run_backbone(inputs, masks)
    assert feats.shape == (2, 2 * channels, *mean.shape[2:])
    left, right = feats.unflatten(1, (channels, 2)).unbind(2)
    assert not left.allclose(right)
    torch.testing.assert_close((left + right) / 2, mean)


def test_a_cascade_shows_the_neck_the_scores_of_frames():
    model = build('frames', PLAINEST, 4, cascade=True).eval()
    data, seen = model.data_preprocessor(batch('frames', (20, ), (9, ))), []
    model.neck.register_forward_pre_hook(
        lambda module, args: seen.append(args[0]))
    model(data['inputs'], data['masks'])
    feats, scores = seen[0].split([128, 4], dim=1)
    wanted = model.auxiliary_head([feats], [data['masks']]).sigmoid()
    wanted = wanted * data['masks'][:, None]
    torch.testing.assert_close(scores, wanted)
    # From the head no gradient comes by way of the scores.
    losses = losses_of(model, batch('frames', (20, (0.5, 2., 1))))
    (losses['loss_cls'] + losses['loss_reg']).backward()
    assert all(p.grad is None for p in model.auxiliary_head.parameters())
    with pytest.raises(ValueError, match='cascade needs'):
        build('frames', cascade=True)


def test_tensor_mode_and_without_neck():
    model, x, masks = build(), torch.randn(1, 6, 32), torch.ones(1, 32).bool()
    with pytest.raises(ValueError, match='mode'):
        model(x, masks, mode='train')
    logits, distances = model(x, masks)
    assert distances.shape == (*logits.shape, 2) == (1, 32 + 16 + 8 + 4, 4, 2)
    del model.head
    model.neck, model.head = None, lambda feats, masks: feats
    torch.testing.assert_close(model(x, masks), [x], rtol=0, atol=0)


def test_pathways_are_joined():
    model = build('volume')
    inputs, masks = torch.zeros(1, 3, 32, 8, 8), torch.ones(1, 32).bool()
    slow, fast = torch.randn(1, 5, 4, 2, 2), torch.randn(1, 2, 32, 2, 2)
    del model.backbone
    model.backbone = lambda x: (slow, fast)
    wanted = F.interpolate(slow.mean((3, 4)), 32, mode='linear')
    wanted = torch.cat([fast.mean((3, 4)), wanted], dim=1)
    torch.testing.assert_close(model.run_backbone(inputs, masks), wanted)
    model.backbone = lambda x: torch.zeros(1, 16)
    with pytest.raises(ValueError, match='keep time'):
        model(inputs, masks)


@pytest.mark.parametrize('settings, match', [
    (dict(auxiliary_head=dict(PLAINEST, num_classes=3)),
     'auxiliary_head.*4 classes'),
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
