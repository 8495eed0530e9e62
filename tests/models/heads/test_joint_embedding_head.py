# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.structures import ActionDataSample

from mmaction_microaction.models import JointEmbeddingHead
from mmaction_microaction.taxonomy import MA52

FEATURES = {
    '2-D': (torch.randn(16, 32, 7, 7), 2),
    '2-D, odd size': (torch.randn(8, 32, 3, 5), 1),
    '3-D': (torch.randn(2, 32, 4, 7, 7), 2),
    'pooled': (torch.randn(2, 32), 2),
    'pathways': ((torch.randn(2, 24, 4, 7, 7), torch.randn(2, 8, 32, 7, 7)), 2)
}


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def build(num_classes=52, **kwargs):
    return JointEmbeddingHead(num_classes, 32, dropout_ratio=0., **kwargs)


@pytest.mark.parametrize('name', FEATURES)
def test_all_kinds_of_features(name):
    feats, clips = FEATURES[name]
    head = build()
    logits, embedding, body = head.forward_all(feats)
    assert logits.shape == (clips, 52) and embedding.shape == (clips, 300)
    assert body is None
    if torch.is_tensor(feats):
        pooled = feats.flatten(2).mean(2) if feats.dim() > 2 else feats
    else:
        pooled = torch.cat([f.mean((2, 3, 4)) for f in feats[::-1]], 1)
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
    groups = torch.tensor(MA52.group_index)[truth]
    error = embedding - head.label_vectors[labels]
    del losses['top1_acc'], losses['top5_acc']
    torch.testing.assert_close(
        losses,
        dict(
            loss_cls=F.cross_entropy(logits, truth),
            loss_emb=50 * (error**2).mean(),
            loss_body=0.5 * F.cross_entropy(body, groups)))


def test_soft_labels():
    head = build()
    soft = torch.zeros(52)
    soft[3], soft[30] = 0.25, 0.75
    feats = torch.randn(8, 32, 1, 1)
    loss = head.loss(feats, samples(soft))['loss_emb']
    error = head.forward_all(feats)[1][0] - soft @ head.label_vectors
    torch.testing.assert_close(loss, 50 * (error**2).mean())


def test_initial_weights_are_narrow():
    head = build()
    head.init_weights()
    layers = ('fc_cls', 'fc_emb.0', 'fc_emb.2')  # label vectors are no weights
    state = head.state_dict()
    assert {key.rpartition('.')[0] for key in state} == set(layers)
    for name in layers:
        assert state[f'{name}.weight'].std() == pytest.approx(0.001, rel=0.1)
        assert not state[f'{name}.bias'].any()


def test_predicts_without_labels_and_averages_views():
    head = build(save_embedding=True, body_loss_weight=1.)
    feats = torch.randn(2 * 3 * 8, 32, 1, 1)  # 2 clips, 3 views, 8 segments
    blank = [ActionDataSample(), ActionDataSample()]
    result = head.predict(feats, blank, num_segs=24)
    logits, embedding, body = (
        x.unflatten(0, (2, 3)) for x in head.forward_all(feats))
    fields = dict(
        pred_score=logits.softmax(2),
        body_score=body.softmax(2),
        pred_embedding=embedding)
    for field, views in fields.items():
        found = torch.stack([r.get(field) for r in result])
        torch.testing.assert_close(found, views.mean(1))
    assert result[0].pred_label == result[0].pred_score.argmax()


@pytest.mark.parametrize('dims', [50, None])
def test_another_taxonomy(dims, five, tmp_path):
    path = dims and str(tmp_path / 'vectors.npy')
    if path:
        np.save(path, np.ones((5, dims), dtype=np.float32))
    settings = dict(num_classes=5, taxonomy=five.to_dict())
    head = build(label_vectors=path, body_loss_weight=1., **settings)
    assert head.label_names == five.names
    feats = torch.randn(16, 32, 1, 1)
    losses = head.loss(feats, samples(4, 2))
    logits, embedding, groups = head.forward_all(feats)
    assert logits.shape == (2, 5) and embedding.shape == (2, dims or 300)
    torch.testing.assert_close(losses['loss_body'],
                               F.cross_entropy(groups, torch.tensor([1, 0])))
    with pytest.raises(ValueError, match='label_vectors to an .npy'):
        build(**settings)


def test_some_classes_of_a_taxonomy():
    names = ('waving', 'nodding')
    head = build(2, label_names=names, body_loss_weight=1., topk=1)
    known = [MA52.find(name) for name in head.label_names]
    assert torch.equal(head.label_vectors,
                       build().label_vectors[[x.index for x in known]])
    assert head.action_to_body.tolist() == [x.group for x in known]


@pytest.mark.parametrize('kwargs, match', [
    (dict(num_classes=60), 'num_classes=52'),
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
    head, feats = build(num_segments=None), torch.randn(12, 32, 1, 1)
    # All frames of a sample.
    torch.testing.assert_close(
        head(feats, num_segs=6)[0],
        head.fc_cls(feats.flatten(1)[:6]).mean(0))


MULTI = dict(
    multi_class=True,
    average_clips='sigmoid',
    loss_cls=dict(type='BCELossWithLogits'))


@pytest.mark.parametrize('clips', [1, 3])
def test_several_labels(clips):
    labels = torch.zeros(3, 52)
    labels[0, [9, 41]] = labels[1, 0] = 1
    head, labels = build(**MULTI), labels[:clips]
    feats = torch.randn(8 * clips, 32, 2, 2)
    losses = head.loss(feats, samples(*labels))
    logits, embedding, _ = head.forward_all(feats)
    vectors = head.label_vectors
    wanted = torch.stack([(vectors[9] + vectors[41]) / 2, vectors[0],
                          torch.zeros_like(vectors[0])])[:clips]
    expected = dict(
        loss_cls=F.binary_cross_entropy(logits.sigmoid(), labels),
        loss_emb=50 * (embedding - wanted).square().mean())
    torch.testing.assert_close(losses, expected)
    blank = [ActionDataSample() for _ in labels]
    feats = torch.randn(3 * 8 * clips, 32, 2, 2)  # 3 views of each clip
    scores = [s.pred_score for s in head.predict(feats, blank)]
    logits = head(feats).view(clips, 3, 52)
    torch.testing.assert_close(torch.stack(scores), logits.sigmoid().mean(1))
