# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
import pickle
from math import exp

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.runner.checkpoint import load_state_dict

from mmaction_microaction.models import HierarchicalHead
from mmaction_microaction.models.layers import FUSIONS, fuse_hierarchy
from mmaction_microaction.taxonomy import MA52

EYE = torch.eye(52)
FRAMES = torch.randn(2 * 3 * 8, 32, 2, 3)  # 2 clips, 3 views, 8 segments
CLIPS = torch.randn(6, 32, 4, 2, 2)
#: Head -> its arguments, what a backbone gives, and number of the logits.
HEADS = {
    'TSNHead': (dict(), FRAMES, dict(num_segs=8)),
    'TSMHead': (dict(num_segments=8), FRAMES, dict(num_segs=8)),
    'JointEmbeddingHead':
    (dict(save_embedding=True), FRAMES, dict(num_segs=8)),
    'I3DHead': (dict(), CLIPS, {}),
    'SlowFastHead': (dict(), (CLIPS[:, :24], CLIPS[:, 24:]), {}),
    'TimeSformerHead': (dict(), CLIPS[..., 0, 0, 0], {}),
    'UniFormerHead': (dict(), CLIPS[..., 0, 0, 0], {}),
    'GCNHead': (dict(), CLIPS[:, None].flatten(4), {}),
    'X3DHead': (dict(fc1_bias=True), CLIPS, {}),
    'RGBPoseHead': (dict(in_channels=(32, 32)), (CLIPS, CLIPS * 2), {}),
}


def build(head='TSNHead', num_classes=52, **kwargs):
    cfg = dict(
        type='HierarchicalHead',
        head=head,
        num_classes=num_classes,
        in_channels=32,
        average_clips='prob')
    return MODELS.build({**cfg, **kwargs}).eval().requires_grad_(False)


def samples(labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def by_hand(logits, group_logits, group_of, fusion):
    """The formulas, one class after the other, in float64."""
    p = np.array([exp(x) for x in logits])
    p /= p.sum()
    occupied = sorted(set(group_of))
    q = {g: exp(group_logits[g]) for g in occupied}
    q = {g: x / sum(q.values()) for g, x in q.items()}
    best = max(q, key=q.get)
    result = []
    for k, g in enumerate(group_of):
        share = p[k] / sum(p[j] for j in range(len(p)) if group_of[j] == g)
        result.append({
            'soft': q[g] * share,
            'cascade': share * (g == best),
            'product': p[k] * q[g],
            'fine': p[k]
        }[fusion])
    return np.array(result) / (sum(result) if fusion == 'product' else 1)


@pytest.mark.parametrize('fusion', FUSIONS)
@pytest.mark.parametrize('group_of', [MA52.group_of, (0, 3, 3, 1, 0)])
def test_fusions_equal_a_loop(fusion, group_of):
    """Of all MA-52, and of a few classes: two groups are empty."""
    draw = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(4, len(group_of), generator=draw)
    groups = 3 * torch.randn(4, 7, generator=draw)
    groups[0, 6] = 50  # empty in the second case: must not take it all
    index = torch.tensor(group_of)
    found = fuse_hierarchy(logits, groups, index, fusion).exp()
    expected = [
        by_hand(a, b, group_of, fusion)
        for a, b in zip(logits.tolist(), groups.tolist())
    ]
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-7)
    torch.testing.assert_close(found.sum(1), torch.ones(4))
    half = fuse_hierarchy(logits.half(), groups.half(), index, fusion)
    assert half.dtype == torch.float32
    logits.requires_grad_()
    fuse_hierarchy(logits, groups, index, fusion).sum().backward()
    assert logits.grad.isfinite().all()


def rows(head, name, start, stop):
    """A plain head with some of the rows of the classifier."""
    kind = dict(
        type=name,
        num_classes=stop - start,
        in_channels=32,
        average_clips='prob')
    plain = MODELS.build({**kind, **HEADS[name][0]})
    state = {
        k: v[start:stop] if len(v) == 59 else v
        for k, v in head.state_dict().items()
    }
    plain.load_state_dict(state, strict=name == head.plain)
    return plain.eval().requires_grad_(False)


@pytest.mark.parametrize('soft', [False, True])
@pytest.mark.parametrize('name', HEADS)
def test_any_head(name, soft):
    """Against a plain head with the rows of the classes, and one with those
    of the groups."""
    args, feats, options = HEADS[name]
    head = build(name, **args, body_loss_weight=0.5)
    for other in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
        assert isinstance(other, HierarchicalHead)
        assert isinstance(other, MODELS.get(name))
        for key, value in head.state_dict().items():
            torch.testing.assert_close(other.state_dict()[key], value)
    head.plain = name
    fine = rows(head, name, 0, 52)
    # That one wants to know words for its classes, but pools as this one.
    coarse = rows(head, name.replace('JointEmbedding', 'TSN'), 52, 59)
    labels = [9, 41, 0, 51, 9, 3]
    if soft and name != 'RGBPoseHead':
        labels = [(EYE[x] + 3 * EYE[x - 1]) / 4 for x in labels]
    batch = samples(labels)
    logits, group_logits = fine(feats, **options), coarse(feats, **options)
    several = isinstance(logits, dict)
    if not several:
        logits, group_logits = {'': logits}, {'': group_logits}

    losses = head.loss(feats, batch, **options)
    expected = fine.loss(feats, batch, **options)
    target = torch.stack(
        [x if soft and torch.is_tensor(x) else EYE[x] for x in labels])
    target = target @ torch.eye(7)[list(MA52.group_of)]
    for stream, group in group_logits.items():
        prefix = f'{stream}_' * several
        loss = 0.5 * F.cross_entropy(group, target)
        torch.testing.assert_close(losses.pop(f'{prefix}body_loss_cls'), loss)
        right = (group.argmax(1) == target.argmax(1)).float().mean()
        assert losses.pop(f'{prefix}body_top1_acc') == right
    torch.testing.assert_close(losses, expected)

    found = head.predict(feats, samples([0, 0]), **options)
    plain = fine.predict(feats, samples([0, 0]), **options)
    for n, (sample, own) in enumerate(zip(found, plain)):
        for stream in logits:
            score, action, body, wanted = (
                x[stream] if several else x
                for x in (sample.pred_score, sample.fine_score,
                          sample.body_score, own.pred_score))
            torch.testing.assert_close(action, wanted)
            views = [
                by_hand(a, b, MA52.group_of, 'soft')
                for a, b in zip(logits[stream][3 * n:3 * n + 3].tolist(),
                                group_logits[stream][3 * n:3 * n + 3].tolist())
            ]
            np.testing.assert_allclose(score, np.mean(views, 0), rtol=1e-4)
            np.testing.assert_allclose(
                body, MA52.group_scores(score), rtol=1e-5)
        if not several:
            assert sample.pred_label == sample.pred_score.argmax()
        assert ('pred_embedding' in sample) == ('pred_embedding' in own)


def test_where_views_are_not_averaged_as_probabilities():
    """Of logits, and of single views: the sums are probabilities still."""
    for average, shape in (('score', (7, )), (None, (3, 7))):
        head = build(average_clips=average, fusion='cascade')
        sample, _ = head.predict(FRAMES, samples([0, 0]), num_segs=8)
        assert sample.body_score.shape == shape
        probs = sample.pred_score.softmax(-1)
        np.testing.assert_allclose(
            sample.body_score, MA52.group_scores(probs), rtol=1e-5)


def test_pcans_own_branch():
    head = MODELS.build(
        dict(
            type='PCANHead',
            num_classes=52,
            in_channels=32,
            streams=['rgb'],
            fusion='cascade')).eval().requires_grad_(False)
    head.init_weights()
    feats = CLIPS[..., 0, 0, 0]
    sample, _ = head.predict(feats, samples([0, 0]))
    head.fusion = 'fine'
    plain, _ = head.predict(feats, samples([0, 0]))
    torch.testing.assert_close(plain.pred_score, sample.fine_score)
    stream, = head.forward_all(feats[:3])
    expected = [
        by_hand(a, b, MA52.group_of, 'cascade')
        for a, b in zip(head(feats[:3]).tolist(), stream[3].tolist())
    ]
    np.testing.assert_allclose(
        sample.pred_score, np.mean(expected, 0), rtol=1e-4)
    sums = [sample.pred_score[np.array(MA52.group_of) == g].sum()
            for g in range(7)]  # yapf: disable
    np.testing.assert_allclose(sample.body_score, sums, rtol=1e-4, atol=1e-6)


def test_some_classes_and_other_label_sets(five):
    names = ('waving', 'nodding')
    head = build(num_classes=2, label_names=names, topk=1)
    assert head.group_of.tolist() == [MA52.find(x).group for x in names]
    sample, _ = head.predict(FRAMES, samples([0, 1]), num_segs=8)
    assert sample.pred_score.sum() == pytest.approx(1)
    assert (sample.body_score > 0).sum() == 2 and len(sample.body_score) == 7
    head = build('JointEmbeddingHead', 5, taxonomy=five, label_vectors=None)
    assert head.label_names == five.names
    assert head.group_of.tolist() == list(five.group_of)


def test_weights_of_a_head_without_groups():
    """They are trained on, by the loader of MMEngine; own ones read back."""
    plain = MODELS.build(dict(type='TSNHead', num_classes=52, in_channels=32))
    wrap = torch.nn.ModuleDict(dict(cls_head=build()))
    before = wrap.cls_head.fc_cls.weight.clone()
    state = {f'cls_head.{k}': v for k, v in plain.state_dict().items()}
    load_state_dict(wrap, state, strict=True)
    after = wrap.cls_head.fc_cls.weight
    assert after[:52].equal(plain.fc_cls.weight)
    assert after[52:].equal(before[52:])
    again = build()
    again.load_state_dict(wrap.cls_head.state_dict())
    assert again.fc_cls.weight.equal(after)
    assert set(again.state_dict()) == set(plain.state_dict())


@pytest.mark.parametrize('settings, match', [
    (dict(head=''), "cls_head.head .*'TSMHead'"),
    (dict(head='ResNet'), "'ResNet'"),
    (dict(head='TRNHead'), 'no linear layer of its own with 52 outputs'),
    (dict(head='PCANHead', streams=['rgb']), 'branch of its own'),
    (dict(fusion='hard'), "fusion must be one of .*'hard'"),
    (dict(num_classes=60), 'num_classes=52 for MA-52'),
    (dict(
        multi_class=True,
        average_clips='sigmoid',
        loss_cls=dict(type='BCELossWithLogits')), 'one label per clip'),
])
def test_wrong_settings(settings, match):
    with pytest.raises(ValueError, match=match):
        build(**settings)
