# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import sklearn.metrics as sk
import torch
from mmaction.structures import ActionDataSample

from mmaction_microaction.evaluation import MultiLabelMicroActionMetric
from mmaction_microaction.taxonomy import MA52

KIND = 'MultiLabelMicroActionMetric'


def _random(num_clips=40, num_classes=52):
    rng = np.random.default_rng(0)
    labels = rng.random((num_clips, num_classes)) < 0.1
    scores = 0.7 * rng.random(labels.shape) + 0.3 * labels
    return scores.astype(np.float32), labels.astype(np.int64)


def _samples(scores, labels=None):
    samples = []
    for index, score in enumerate(scores):
        sample = ActionDataSample().set_pred_score(torch.from_numpy(score))
        sample.set_metainfo(dict(clip_name=f'{index:04}'))
        if labels is not None:
            sample.set_gt_label(labels[index])
        samples.append(sample)
    return samples


def _expected(scores, labels, parts, threshold=0.5, name='mma52'):
    """By scikit-learn."""
    scores, bodies = scores.astype(float), sorted(set(parts))
    body_scores = [scores[:, parts == b].max(axis=1) for b in bodies]
    body_labels = [labels[:, parts == b].any(axis=1) for b in bodies]
    return {
        f'{name}/clip_mAP':
        sk.average_precision_score(labels, scores),
        f'{name}/clip_f1_macro':
        sk.f1_score(labels, scores >= threshold, average='macro'),
        f'{name}/clip_body_mAP':
        sk.average_precision_score(
            np.stack(body_labels, axis=1), np.stack(body_scores, axis=1))
    }


def test_equals_scikit_learn(evaluate):
    scores, labels = _random()
    assert labels.any(axis=0).all()
    for threshold in (0.5, 0.3):
        result = evaluate(KIND, _samples(scores, labels), threshold=threshold)
        expected = _expected(scores, labels, MA52.group_index, threshold)
        assert list(result) == list(expected)
        assert result == pytest.approx(expected)


def test_other_classes_and_float_labels(evaluate, five):
    for meta, parts in ((dict(classes=['waving', 'nodding', 'shaking head']),
                         [2, 1,
                          1]), (dict(taxonomy=five.to_dict()), five.group_of)):
        scores, labels = _random(num_classes=len(parts))
        samples = _samples(scores, torch.tensor(labels).float())
        name = 'five' if 'taxonomy' in meta else 'mma52'
        assert evaluate(KIND, samples, meta) == pytest.approx(
            _expected(scores, labels, np.array(parts), name=name))


def test_dict_of_scores(evaluate):
    scores, labels = _random()
    samples = [
        dict(pred_score=dict(rgb=torch.from_numpy(s)), gt_label=label)
        for s, label in zip(scores, labels)
    ]
    assert evaluate(
        KIND, samples, score_key='rgb') == evaluate(KIND,
                                                    _samples(scores, labels))


def test_without_labels_warns(evaluate, log):
    assert evaluate(KIND, _samples(_random()[0])) == {}
    assert 'no mma52 scores' in log.text


@pytest.mark.parametrize('score, label, text', [
    (np.full(52, 3.), np.eye(52)[0], 'from 3 to 3, but needs probabilities'),
    (np.full(52, -.1), np.eye(52)[0], 'scores from -0.1'),
    (np.full(52, np.nan), np.eye(52)[0], 'holds NaN'),
    (np.ones(51), np.eye(52)[0], 'num_classes=52'),
    (np.ones((4, 52)), np.eye(52)[0], '4 views'),
    (np.ones(52), np.array([9]), r'52 zeros and ones, but got \[9.0\]'),
    (np.ones(52), np.full(52, 2), 'zeros and ones'),
])
def test_bad_samples(evaluate, score, label, text):
    sample = dict(clip_name='x', pred_score=score, gt_label=label)
    with pytest.raises(ValueError, match=f'prediction for x .*{text}'):
        evaluate(KIND, [sample])


def test_bad_threshold():
    with pytest.raises(ValueError, match='threshold must lie between'):
        MultiLabelMicroActionMetric(threshold=1)
