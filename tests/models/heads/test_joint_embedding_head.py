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
    'persons of a graph': (torch.randn(2, 3, 32, 4, 7), 2),
    'pooled': (torch.randn(2, 32), 2),
    'pathways': ((torch.randn(2, 24, 4, 7, 7), torch.randn(2, 8, 32, 7, 7)), 2)
}
EYE = torch.eye(52)
MULTI = dict(
    multi_class=True,
    average_clips='sigmoid',
    loss_cls=dict(type='BCELossWithLogits'))


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def build(num_classes=52, **kwargs):
    return JointEmbeddingHead(num_classes, 32, dropout_ratio=0., **kwargs)


@pytest.mark.parametrize('name', FEATURES)
def test_all_kinds_of_features(name):
    feats, clips = FEATURES[name]
    head = build()
    logits, embedding = head.forward_all(feats)
    assert embedding.shape == (clips, 300)
    pathways = [feats] if torch.is_tensor(feats) else feats[::-1]
    if 'graph' in name:  # as the host's GCNHead
        pathways = [feats.mean(dim=1)]
    pooled = torch.cat(
        [x.flatten(2).mean(2) if x.dim() > 2 else x for x in pathways], 1)
    expected = head.fc_cls(pooled).view(clips, -1, 52).mean(1)
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize('labels, multi', [
    ([9], False),
    ([9, 41], False),
    (range(52), False),
    ([(EYE[3] + 3 * EYE[30]) / 4], False),
    ([EYE[9] + EYE[41]], True),
    ([EYE[9] + EYE[41], EYE[0], 0 * EYE[0]], True),
])
def test_losses_by_hand(labels, multi):
    """Of one, mixed, and any number of labels for each clip."""
    head = build(**MULTI if multi else {})
    feats = torch.randn(8 * len(labels), 32, 2, 2)
    losses = head.loss(feats, samples(*labels))
    logits, embedding = head.forward_all(feats)
    rows = torch.stack([EYE[x] if isinstance(x, int) else x for x in labels])
    share = rows / rows.sum(1, keepdim=True).clamp(min=1)
    expected = dict(loss_emb=50 *
                    F.mse_loss(embedding, share @ head.label_vectors))
    if multi:
        expected.update(
            loss_cls=F.binary_cross_entropy(logits.sigmoid(), rows))
    else:
        expected.update(loss_cls=F.cross_entropy(logits, rows))
    losses = {k: v for k, v in losses.items() if k.startswith('loss')}
    torch.testing.assert_close(losses, expected)


def test_initial_weights_are_narrow():
    head = build()
    head.init_weights()
    layers = ('fc_cls', 'fc_emb.0', 'fc_emb.2')  # label vectors are no weights
    state = head.state_dict()
    assert {key.rpartition('.')[0] for key in state} == set(layers)
    for name in layers:
        assert state[f'{name}.weight'].std() == pytest.approx(0.001, rel=0.1)
        assert not state[f'{name}.bias'].any()


@pytest.mark.parametrize('settings', [{}, MULTI])
def test_predicts_without_labels_and_averages_views(settings):
    head = build(save_embedding=True, **settings)
    feats = torch.randn(2 * 3 * 8, 32, 1, 1)  # 2 clips, 3 views, 8 segments
    result = head.predict(feats, [ActionDataSample() for _ in 'ab'], 24)
    logits, embedding = head.forward_all(feats)
    scores = logits.sigmoid() if settings is MULTI else logits.softmax(1)
    fields = dict(pred_score=scores, pred_embedding=embedding)
    if settings is not MULTI:
        assert result[0].pred_label == result[0].pred_score.argmax()
    for field, values in fields.items():
        found = torch.stack([r.get(field) for r in result])
        torch.testing.assert_close(found, values.unflatten(0, (2, 3)).mean(1))


def test_another_taxonomy(five, tmp_path):
    path = str(tmp_path / 'vectors.npy')
    np.save(path, np.ones((5, 50), dtype=np.float32))
    head = build(5, label_vectors=path, taxonomy=five.to_dict())
    assert head.label_names == five.names
    logits, embedding = head.forward_all(torch.randn(16, 32, 1, 1))
    assert logits.shape == (2, 5) and embedding.shape == (2, 50)
    assert build(5, label_vectors=None, taxonomy=five).label_vectors.any()


def test_some_classes_of_a_taxonomy():
    names = ('waving', 'nodding')
    head = build(2, label_names=names)
    known = [MA52.find(name).index for name in names]
    assert torch.equal(head.label_vectors, build().label_vectors[known])


@pytest.mark.parametrize('kwargs, match', [
    (dict(num_classes=60), 'num_classes=52'),
    (dict(num_classes=2, label_names=('a', 'b')), 'label_vectors to an .npy'),
    (dict(multi_class=True), "'sigmoid'"),
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
