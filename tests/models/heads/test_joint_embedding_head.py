# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from mmaction_microaction.labels import ACTION_TO_BODY
from mmaction_microaction.models.heads import JointEmbeddingHead

FEATURES = {
    '2-D': (torch.randn(16, 32, 7, 7), 2),
    '2-D, odd size': (torch.randn(8, 32, 3, 5), 1),
    '3-D': (torch.randn(2, 32, 4, 7, 7), 2),
    'pooled': (torch.randn(2, 32), 2),
    'pathways': ((torch.randn(2, 24, 4, 7, 7), torch.randn(2, 8, 32, 7, 7)), 2)
}


def samples(*labels):
    out = [ActionDataSample() for _ in labels]
    for sample, label in zip(out, labels):
        if label is not None:
            sample.set_gt_label(label)
    return out


def build(**kwargs):
    return MODELS.build(
        dict(
            type='JointEmbeddingHead',
            num_classes=52,
            in_channels=32,
            **kwargs))


@pytest.mark.parametrize('name', FEATURES)
def test_all_kinds_of_features(name):
    feats, clips = FEATURES[name]
    head = build().eval()
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


def test_losses_by_hand():
    head = build(emb_loss_weight=50., dropout_ratio=0.)
    head.init_weights()
    feats = torch.randn(16, 32, 2, 2)
    losses = head.loss(feats, samples(9, 41))
    logits, embedding, _ = head.forward_all(feats)
    torch.testing.assert_close(losses['loss_cls'],
                               F.cross_entropy(logits, torch.tensor([9, 41])))
    error = embedding - head.label_vectors[[9, 41]]
    torch.testing.assert_close(losses['loss_emb'], 50 * (error**2).mean())
    assert {'top1_acc', 'top5_acc', 'loss_cls', 'loss_emb'} == set(losses)


def test_batch_of_one_and_of_fifty_two():
    head = build()
    for n in (1, 52):
        losses = head.loss(torch.randn(8 * n, 32, 1, 1), samples(*range(n)))
        assert all(torch.isfinite(torch.as_tensor(v)) for v in losses.values())


def test_soft_labels():
    head = build(dropout_ratio=0.)
    soft = torch.zeros(52)
    soft[3], soft[30] = 0.25, 0.75
    sample = ActionDataSample()
    sample.set_gt_label(soft)
    feats = torch.randn(8, 32, 1, 1)
    loss = head.loss(feats, [
        sample,
    ])['loss_emb']
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
    head = build(save_embedding=True, body_loss_weight=1.).eval()
    feats = torch.randn(2 * 3 * 8, 32, 1, 1)  # 2 clips, 3 views, 8 segments
    result = head.predict(feats, samples(None, None), num_segs=24)
    probs = head(feats).softmax(1).view(2, 3, 52).mean(1)
    torch.testing.assert_close(
        torch.stack([r.pred_score for r in result]), probs)
    assert result[0].pred_label.item() == probs[0].argmax()
    assert result[0].pred_embedding.shape == (300, )
    assert result[0].body_score.sum().item() == pytest.approx(1, abs=1e-5)


def test_body_branch():
    head = build(body_loss_weight=0.5, dropout_ratio=0.)
    feats = torch.randn(16, 32, 1, 1)
    losses = head.loss(feats, samples(9, 51))
    body = torch.tensor(ACTION_TO_BODY[[9, 51]])
    expected = F.cross_entropy(head.forward_all(feats)[2], body)
    torch.testing.assert_close(losses['loss_body'], 0.5 * expected)


def test_label_vectors_stay_out_of_the_checkpoint():
    keys = set(build().state_dict())
    assert keys == {
        f'{name}.{kind}'
        for name in ('fc_cls', 'fc_emb.0', 'fc_emb.2')
        for kind in ('weight', 'bias')
    }


def test_other_vectors_and_classes(tmp_path):
    path = tmp_path / 'vectors.npy'
    np.save(path, np.ones((3, 50), dtype=np.float32))
    head = JointEmbeddingHead(
        3, 32, label_vectors=str(path), label_names=('a', 'b', 'c'))
    assert head.forward_all(torch.randn(8, 32, 1, 1))[1].shape == (1, 50)


@pytest.mark.parametrize('kwargs, match', [
    (dict(num_classes=60), 'num_classes=52'),
    (dict(label_vectors=np.zeros((51, 300))), r'\(52, D\)'),
    (dict(
        num_classes=2, label_names=('nodding', 'waving'),
        body_loss_weight=1.), 'body_loss_weight'),
])
def test_wrong_settings(kwargs, match):
    with pytest.raises(ValueError, match=match):
        JointEmbeddingHead(**{**dict(num_classes=52, in_channels=8), **kwargs})


def test_frames_that_make_no_clip():
    with pytest.raises(ValueError, match='num_segments=8'):
        build()(torch.randn(12, 32, 1, 1))


def test_more_frames_than_clips():
    with pytest.raises(ValueError, match='num_segments=8 is not the number'):
        build().loss(torch.randn(32, 32, 1, 1), samples(3, 4))


def test_all_frames_of_a_sample():
    head = build(num_segments=None).eval()
    feats = torch.randn(12, 32, 1, 1)
    torch.testing.assert_close(
        head(feats, num_segs=6)[0],
        head.fc_cls(feats.flatten(1)[:6]).mean(0))


def multi_hot(*labels):
    return torch.zeros(52).index_fill(0, torch.tensor(labels).long(), 1.)


def several(**kwargs):
    return build(
        multi_class=True,
        average_clips='sigmoid',
        loss_cls=dict(type='BCELossWithLogits'),
        dropout_ratio=0.,
        **kwargs)


@pytest.mark.parametrize('clips', [1, 3])
def test_several_labels(clips):
    labels = [multi_hot(9, 41), multi_hot(0), multi_hot()][:clips]
    head = several(emb_loss_weight=50.)
    feats = torch.randn(8 * clips, 32, 2, 2)
    losses = head.loss(feats, samples(*labels))
    logits, embedding, _ = head.forward_all(feats)
    target = torch.stack(labels)
    p = logits.sigmoid()
    entropy = -(target * p.log() + (1 - target) * (1 - p).log()).mean()
    torch.testing.assert_close(losses['loss_cls'], entropy)
    vectors = head.label_vectors
    wanted = torch.stack([(vectors[9] + vectors[41]) / 2, vectors[0],
                          torch.zeros_like(vectors[0])])[:clips]
    torch.testing.assert_close(losses['loss_emb'],
                               50 * (embedding - wanted).square().mean())
    assert not any('acc' in key for key in losses)


def test_several_labels_have_sigmoid_scores():
    head = several().eval()
    feats = torch.randn(2 * 3 * 8, 32, 2, 2)  # 3 views of 2 clips
    scores = [s.pred_score for s in head.predict(feats, samples(None, None))]
    logits = head(feats).view(2, 3, 52)
    torch.testing.assert_close(torch.stack(scores), logits.sigmoid().mean(1))


def test_several_labels_do_not_compete():
    with pytest.raises(ValueError, match="'sigmoid'"):
        build(multi_class=True)


def test_body_branch_wants_one_label():
    with pytest.raises(ValueError, match='one label per clip'):
        several(body_loss_weight=1.)
