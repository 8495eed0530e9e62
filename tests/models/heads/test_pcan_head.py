# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""PCAN's head against loops over clips and classes."""
import copy

import pytest
import torch
from mmaction.structures import ActionDataSample
from torch import nn

from mmaction_microaction.evaluation import MicroActionMetric
from mmaction_microaction.models import PCANHead
from mmaction_microaction.taxonomy import MA52

CHANNELS = dict(rgb=12, pose=8)
DIMS = (10, 6)


def samples(labels):
    return [ActionDataSample().set_gt_label(int(label)) for label in labels]


def build(taxonomy=MA52, streams=('rgb', 'pose'), **kwargs):
    channels = [CHANNELS[name] for name in streams]
    kwargs = dict(dict(dropout_ratio=0., dims=DIMS), **kwargs)
    head = PCANHead(taxonomy.num_classes, channels, streams, taxonomy,
                    **kwargs)
    for module in head.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight)
    return head


def maps(n, dtype=torch.float32):
    """Features of the two streams of RGBPoseConv3D."""
    shapes = (n, 12, 2, 3, 3), (n, 8, 8, 2, 2)
    return tuple((torch.randn(x, dtype=dtype) +
                  torch.randn(x[:2], dtype=dtype)[..., None, None,
                                                  None]).requires_grad_()
                 for x in shapes)


# The release, clip by clip.


def cosine(a, b):
    return (a @ b) / (a.norm() * b.norm())


def entropy(row, label):
    row = torch.stack(list(row))
    return row.exp().sum().log() - row[label]


def calibrate(layer, feats, logits, labels, keys, weights):
    """A level of a stream: keys[i] is clip i's set, weights the factors of
    FN sets; gives the loss and the new prototypes."""
    n, classes = len(labels), len(layer.prototypes)
    z = [layer.embed.weight @ x + layer.embed.bias for x in feats]
    predicted = [int(row.argmax()) for row in logits]
    prototypes = []
    for k in range(classes):
        old = layer.prototypes[k].detach().clone()
        mine = [z[i] for i in range(n) if keys[i] == 'R' and labels[i] == k]
        prototypes.append(0.9 * old +
                          0.1 * sum(mine) / len(mine) if mine else old)
    loss = 0
    for name, factor in (*weights.items(), ('FP', 1.)):
        for i, y in enumerate(labels):
            if name == 'FP':
                sign = -1
                mine = [j for j in range(n) if predicted[j] == y != labels[j]]
            else:
                sign = 1
                mine = [
                    j for j in range(n) if keys[j] == name and labels[j] == y
                ]
            row = [cosine(z[i], prototype) for prototype in prototypes]
            if mine:
                p = logits[i][y].exp() / logits[i].exp().sum()
                mu = sum(z[j] for j in mine)
                row[y] = row[y] + 0.125 * (1 - p) * (
                    sign * cosine(mu, z[i]) - 1)
            loss = loss + entropy((factor * x / 0.125 for x in row), y) / n
    return loss, prototypes


def by_loop(head, feats, labels, taxonomy):
    """The terms of both streams, and the sets of the first stream's clips."""
    losses, first_keys = {}, None
    groups = [taxonomy.group_of[label] for label in labels]
    for name, x in zip(head.streams, feats):
        fc, fc_coarse = (
            getattr(head, f'fc_{name}{level}') for level in ('', '_coarse'))
        mean = [[channel.mean() for channel in clip] for clip in x]
        mean = [torch.stack(clip) for clip in mean]
        peak = [
            torch.stack([channel.mean(0).max() for channel in clip])
            for clip in x
        ]
        action = [fc.weight @ g + fc.bias for g in mean]
        body = [fc_coarse.weight @ g + fc_coarse.bias for g in mean]
        keys, coarse_keys = [], []
        for i, (label, group) in enumerate(zip(labels, groups)):
            a = int(action[i].argmax()) == label
            b = int(body[i].argmax()) == group
            coarse_keys.append('R' if b else 'FN')
            keys.append(
                'R' if a and b else 'FN1' if b else 'FN2' if a else 'FN3')
        coarse, _ = calibrate(
            getattr(head, f'fr_coarse_{name}'), peak, body, groups,
            coarse_keys, dict(FN=1.))
        fine, prototypes = calibrate(
            getattr(head, f'fr_{name}'), peak, action, labels, keys,
            dict(FN1=1., FN2=0.1, FN3=0.5))
        diversity = sum(
            cosine(p, q)**2 for p in prototypes for q in prototypes).sqrt()
        if head.compatible:
            diversity = diversity.detach()
        n, tree = len(labels), 0
        for i, label in enumerate(labels):
            nodes = list(body[i].sigmoid())
            nodes += [
                action[i][k].sigmoid() + nodes[taxonomy.group_of[k]]
                for k in range(taxonomy.num_classes)
            ]
            tree = tree + entropy(nodes, taxonomy.num_groups + label) / n
        losses.update({
            f'{name}_loss_cls':
            sum(map(entropy, action, labels)) / n,
            f'{name}_coarse_loss_cls':
            sum(map(entropy, body, groups)) / n,
            f'{name}_fr_coarse_loss':
            0.2 * coarse,
            f'{name}_fr_loss':
            0.2 * (fine + diversity),
            f'hierarchy_{name}_loss':
            tree
        })
        first_keys = first_keys or keys
    return losses, first_keys


@pytest.mark.parametrize('dtype, tolerance', [(torch.float32, 1e-5),
                                              (torch.float64, 1e-6)])
@pytest.mark.parametrize('compatible', [True, False])
@pytest.mark.parametrize('kind, n', [('five', 24), ('five', 1), ('five', 5),
                                     ('ma52', 9)])
def test_terms_and_gradients_of_a_loop(kind, n, compatible, dtype, tolerance,
                                       five):
    taxonomy = MA52 if kind == 'ma52' else five
    head = build(taxonomy, compatible=compatible).to(dtype)
    feats = maps(n, dtype)
    labels = torch.randint(taxonomy.num_classes, (n, )).tolist()
    if kind == 'ma52':  # chance would find no class right
        logits = head.forward_all(feats)[0][2]
        labels[:6] = logits.argmax(1)[:6].tolist()
    looped = copy.deepcopy(head)
    expected, keys = by_loop(looped, feats, labels, taxonomy)
    if n == 24:
        assert set(keys) == {'R', 'FN1', 'FN2', 'FN3'}
    losses = head.loss(feats, samples(labels))
    torch.testing.assert_close(
        losses, expected, rtol=tolerance, atol=tolerance)
    assert sum(losses.values()).dtype == dtype
    for terms, model in ((losses, head), (expected, looped)):
        weights = [*model.parameters(), *feats]
        model.grads = torch.autograd.grad(sum(terms.values()), weights)
    torch.testing.assert_close(
        head.grads, looped.grads, rtol=tolerance, atol=tolerance)
    assert max(x.abs().max() for x in head.grads) > 0.01
    assert min(x.abs().max() for x in head.grads) > 0


def test_start_of_training_by_the_defaults():
    head = PCANHead(52, (2048, 512))
    head.init_weights()
    for name, width in (('rgb', 2048), ('pose', 512)):
        for layer, size in ((f'fc_{name}', 52), (f'fc_{name}_coarse',
                                                 7), (f'fr_{name}.embed', 256),
                            (f'fr_coarse_{name}.embed', 128)):
            layer = head.get_submodule(layer)
            assert layer.weight.shape == (size, width)
            assert layer.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert head.dropout.p == 0.5
    state = {k: v.shape for k, v in head.state_dict().items()}
    assert state['fr_rgb.prototypes'] == (52, 256)
    assert state['fr_coarse_pose.prototypes'] == (7, 128)


@pytest.mark.parametrize('compatible', [True, False])
@pytest.mark.parametrize('streams', [('rgb', 'pose'), ('pose', )])
def test_predicts_without_labels(streams, compatible):
    """Two clips of three views: mean over views and streams."""
    head = build(streams=streams, compatible=compatible).eval()
    feats = [dict(zip(CHANNELS, maps(6)))[name] for name in streams]
    for name in streams:
        getattr(head, f'fr_{name}').updated[::2] = 1
    expected, bodies = torch.zeros(2, 52), torch.zeros(2, 7)
    for name, x in zip(streams, feats):
        for view, clip in enumerate(x.detach()):
            g, v = clip.mean((1, 2, 3)), clip.mean(1).flatten(1).max(1).values
            layer = getattr(head, f'fr_{name}')
            z = layer.embed(g if compatible else v)
            logits = getattr(head, f'fc_{name}')(g)
            gamma = dict(rgb=5, pose=1)[name]
            for k in range(0, 52, 1 if compatible else 2):
                logits[k] += gamma * cosine(z, layer.prototypes[k])
            share = 3 * len(streams)
            expected[view // 3] += logits.softmax(0) / share
            body = getattr(head, f'fc_{name}_coarse')(g)
            bodies[view // 3] += body.softmax(0) / share
    result = head.predict(
        feats if len(streams) > 1 else feats[0],
        [ActionDataSample() for _ in 'ab'])
    for i, sample in enumerate(result):
        torch.testing.assert_close(sample.pred_score, expected[i])
        torch.testing.assert_close(sample.body_score, bodies[i])
        torch.testing.assert_close(sample.fine_score, expected[i])
        assert sample.pred_label == expected[i].argmax()
    metric = MicroActionMetric(body='head')
    metric.dataset_meta = dict(taxonomy=MA52.to_dict())
    for sample, label in zip(result, (3, 9)):
        sample.set_gt_label(label)
    metric.process({}, [sample.to_dict() for sample in result])
    right = (bodies.argmax(1) == torch.tensor([0, 1])).float().mean()
    found = metric.compute_metrics(metric.results)
    assert found['body_top1'] == pytest.approx(right.item())


@pytest.mark.parametrize('feats, num_segs', [
    ([torch.randn(16, 12, 3, 5)], 8),
    ([torch.randn(2, 12, 4, 7, 7)], None),
    ([torch.randn(2, 12)], None),
    ([torch.randn(2, 8, 4, 3, 3),
      torch.randn(2, 4, 32, 3, 3)], None),
])
def test_one_stream_takes_any_backbones_features(feats, num_segs):
    head, found = build(streams=('rgb', )), []
    for x in feats[::-1]:  # as clips (2, C, T, H, W)
        if x.dim() == 4:
            x = torch.stack([x[:8], x[8:]]).transpose(1, 2)
        x = x[..., None, None, None] if x.dim() == 2 else x
        found.append((x.mean((2, 3, 4)), x.mean(2).amax((2, 3))))
    feats = feats[0] if len(feats) == 1 else tuple(feats)
    torch.testing.assert_close(
        head.pool(feats, num_segs),
        tuple(torch.cat(x, 1) for x in zip(*found)))
    assert len(head.loss(feats, samples([3, 9]), num_segs)) == 5
    assert head(feats, num_segs).shape == (2, 52)


def test_half_precision():
    head, feats, labels = build(), maps(8), torch.arange(8)
    full = copy.deepcopy(head).loss(feats, samples(labels))
    with torch.autocast('cpu', torch.bfloat16):
        losses = head.loss([x.bfloat16() for x in feats], samples(labels))
        scores = head.eval().predict(feats, samples(labels))[0].pred_score
    torch.testing.assert_close(losses, full, rtol=0.1, atol=0.1)
    sum(losses.values()).backward()
    assert all(p.grad.isfinite().all() for p in head.parameters())
    assert scores.dtype == torch.float32
    assert scores.sum().item() == pytest.approx(1, abs=1e-5)


def test_graph_for_any_batch():
    head, frames = build(streams=('rgb', )).eval(), torch.randn(16, 12, 3, 3)
    clips = torch.export.Dim('clips', min=1)
    graph = torch.export.export(
        head, (frames, ), dynamic_shapes=dict(feats={0: 8 * clips}))
    frames = torch.randn(40, 12, 3, 3)
    torch.testing.assert_close(graph.module()(frames), head(frames))


def test_label_smoothing():
    head, feats = build(label_smooth_eps=0.1), maps(4)
    logits = head.forward_all(feats)[0][2]
    expected = nn.functional.cross_entropy(
        logits, torch.arange(4), label_smoothing=0.1)
    found = head.loss(feats, samples(range(4)))['rgb_loss_cls']
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('kwargs, match', [
    (dict(num_classes=60), 'num_classes=52'),
    (dict(in_channels=12), 'one number for each of the streams'),
    (dict(multi_class=True), 'one label per clip'),
    (dict(label_names=('waving', )), 'num_classes=1'),
])
def test_wrong_settings(kwargs, match):
    with pytest.raises(ValueError, match=match):
        PCANHead(**dict(dict(num_classes=52, in_channels=(12, 8)), **kwargs))


@pytest.mark.parametrize('streams, feats, label, match', [
    (('rgb', 'pose'), maps(1)[:1], 3, 'gives 1 feature maps'),
    (('rgb', 'pose'), maps(2), 3, '1 clips make 2'),
    (('rgb', 'pose'), maps(1), torch.full((52, ), 1 / 52), 'soft labels'),
    (('rgb', ), torch.randn(12, 12, 1, 1), 3, 'num_segments=8'),
])
def test_wrong_batches(streams, feats, label, match):
    with pytest.raises(ValueError, match=match):
        build(streams=streams).loss(feats,
                                    [ActionDataSample().set_gt_label(label)])
