# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from mmaction_microaction.taxonomy import MA52

FEATURES = {
    '2-D': (torch.randn(16, 32, 7, 7), 2),
    '2-D, odd size': (torch.randn(8, 32, 3, 5), 1),
    '3-D': (torch.randn(2, 32, 4, 7, 7), 2),
    'pooled': (torch.randn(2, 32), 2),
    'pathways': ((torch.randn(2, 24, 4, 7, 7), torch.randn(2, 8, 32, 7, 7)), 2)
}
#: Five classes in two groups, as a data set hands them on.
FIVE = dict(
    name='five',
    names=list('abcde'),
    codes=list('01234'),
    groups=['x', 'y'],
    group_of=[0, 1, 0, 1, 1],
    colours=['#000000', '#ffffff'],
    title='Five')


def samples(*labels):
    out = [ActionDataSample() for _ in labels]
    for sample, label in zip(out, labels):
        if label is not None:
            sample.set_gt_label(label)
    return out


def build(**kwargs):
    settings = dict(num_classes=52, in_channels=32, dropout_ratio=0.)
    settings.update(kwargs)
    return MODELS.build(dict(type='JointEmbeddingHead', **settings))


@pytest.mark.parametrize('name', FEATURES)
def test_all_kinds_of_features(name):
    feats, clips = FEATURES[name]
    head = build()
    logits, embedding, body = head.forward_all(feats)
    assert logits.shape == (clips, 52) and embedding.shape == (clips, 300)
    assert body is None
    pooled = feats if torch.is_tensor(feats) else None
    if pooled is None:
        pooled = torch.cat([f.mean((2, 3, 4)) for f in feats[::-1]], 1)
    elif pooled.dim() > 2:
        pooled = pooled.flatten(2).mean(2)
    expected = F.linear(pooled, head.fc_cls.weight, head.fc_cls.bias)
    expected = expected.view(clips, -1, 52).mean(1)
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize('labels', [[9], [9, 41], list(range(52))])
def test_losses_by_hand(labels):
    head = build(body_loss_weight=0.5)
    feats = torch.randn(8 * len(labels), 32, 2, 2)
    losses = head.loss(feats, samples(*labels))
    logits, embedding, body = head.forward_all(feats)
    truth = torch.tensor(labels)
    torch.testing.assert_close(losses['loss_cls'],
                               F.cross_entropy(logits, truth))
    error = embedding - head.label_vectors[labels]
    torch.testing.assert_close(losses['loss_emb'], 50 * (error**2).mean())
    groups = torch.tensor(MA52.group_index)[truth]
    torch.testing.assert_close(losses['loss_body'],
                               0.5 * F.cross_entropy(body, groups))
    assert {'top1_acc', 'top5_acc'} < set(losses)


def test_soft_labels():
    head = build()
    soft = torch.zeros(52)
    soft[3], soft[30] = 0.25, 0.75
    feats = torch.randn(8, 32, 1, 1)
    loss = head.loss(feats, samples(soft))['loss_emb']
    target = 0.25 * head.label_vectors[3] + 0.75 * head.label_vectors[30]
    error = head.forward_all(feats)[1][0] - target
    torch.testing.assert_close(loss, 50 * (error**2).mean())


def test_initial_weights_are_narrow():
    head = build()
    head.init_weights()
    for layer in (head.fc_cls, head.fc_emb[0], head.fc_emb[2]):
        assert layer.weight.std().item() == pytest.approx(0.001, rel=0.1)
        assert not layer.bias.any()


def test_predicts_without_labels_and_averages_views():
    head = build(save_embedding=True, body_loss_weight=1.)
    feats = torch.randn(2 * 3 * 8, 32, 1, 1)  # 2 clips, 3 views, 8 segments
    result = head.predict(feats, samples(None, None), num_segs=24)
    probs = head(feats).softmax(1).view(2, 3, 52).mean(1)
    torch.testing.assert_close(
        torch.stack([r.pred_score for r in result]), probs)
    assert result[0].pred_label.item() == probs[0].argmax()
    assert result[0].pred_embedding.shape == (300, )
    assert result[0].body_score.sum().item() == pytest.approx(1, abs=1e-5)


def test_label_vectors_stay_out_of_the_checkpoint():
    assert set(build().state_dict()) == {
        f'{name}.{kind}'
        for name in ('fc_cls', 'fc_emb.0', 'fc_emb.2')
        for kind in ('weight', 'bias')
    }


@pytest.mark.parametrize('source, dims', [('file', 50), (None, 300)])
def test_another_taxonomy(source, dims, tmp_path):
    vectors = source and tmp_path / 'vectors.npy'
    if source:
        np.save(vectors, np.ones((5, dims), dtype=np.float32))
        vectors = str(vectors)
    head = build(
        num_classes=5,
        taxonomy=FIVE,
        label_vectors=vectors,
        body_loss_weight=1.)
    assert head.label_names == tuple('abcde')
    feats = torch.randn(16, 32, 1, 1)
    losses = head.loss(feats, samples(4, 2))
    logits, embedding, groups = head.forward_all(feats)
    assert logits.shape == (2, 5) and embedding.shape == (2, dims)
    torch.testing.assert_close(losses['loss_body'],
                               F.cross_entropy(groups, torch.tensor([1, 0])))


def test_some_classes_of_a_taxonomy():
    head = build(
        num_classes=2,
        label_names=('waving', 'nodding'),
        body_loss_weight=1.,
        topk=1)
    known = [MA52.find(name) for name in ('waving', 'nodding')]
    vectors = build().label_vectors[[label.index for label in known]]
    assert torch.equal(head.label_vectors, vectors)
    assert head.action_to_body.tolist() == [label.group for label in known]


@pytest.mark.parametrize('kwargs, match', [
    (dict(num_classes=60), 'num_classes=52'),
    (dict(label_vectors=np.zeros((51, 300))), r'\(52, D\)'),
    (dict(num_classes=5, taxonomy=FIVE), 'label_vectors to an .npy'),
    (dict(multi_class=True), "'sigmoid'"),
    (dict(multi_class=True, average_clips='sigmoid',
          body_loss_weight=1.), 'one label per clip'),
])
def test_wrong_settings(kwargs, match):
    with pytest.raises(ValueError, match=match):
        build(**kwargs)


def test_frames_that_do_not_fit():
    with pytest.raises(ValueError, match='num_segments=8'):
        build()(torch.randn(12, 32, 1, 1))
    with pytest.raises(ValueError, match='num_segments=8 is not the number'):
        build().loss(torch.randn(32, 32, 1, 1), samples(3, 4))


def test_all_frames_of_a_sample():
    head = build(num_segments=None)
    feats = torch.randn(12, 32, 1, 1)
    torch.testing.assert_close(
        head(feats, num_segs=6)[0],
        head.fc_cls(feats.flatten(1)[:6]).mean(0))


def several():
    return build(
        multi_class=True,
        average_clips='sigmoid',
        loss_cls=dict(type='BCELossWithLogits'))


@pytest.mark.parametrize('clips', [1, 3])
def test_several_labels(clips):
    labels = torch.zeros(3, 52)
    labels[0, [9, 41]] = labels[1, 0] = 1
    head, labels = several(), labels[:clips]
    feats = torch.randn(8 * clips, 32, 2, 2)
    losses = head.loss(feats, samples(*labels))
    logits, embedding, _ = head.forward_all(feats)
    p = logits.sigmoid()
    entropy = -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()
    torch.testing.assert_close(losses['loss_cls'], entropy)
    vectors = head.label_vectors
    wanted = torch.stack([(vectors[9] + vectors[41]) / 2, vectors[0],
                          torch.zeros_like(vectors[0])])[:clips]
    torch.testing.assert_close(losses['loss_emb'],
                               50 * (embedding - wanted).square().mean())
    assert not any('acc' in key for key in losses)


def test_several_labels_have_sigmoid_scores():
    head = several()
    feats = torch.randn(2 * 3 * 8, 32, 2, 2)  # 3 views of 2 clips
    scores = [s.pred_score for s in head.predict(feats, samples(None, None))]
    logits = head(feats).view(2, 3, 52)
    torch.testing.assert_close(torch.stack(scores), logits.sigmoid().mean(1))
