# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import sklearn.metrics as sk
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger

from mmaction_microaction.evaluation import MultiLabelMicroActionMetric
from mmaction_microaction.taxonomy import MA52


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


def _evaluate(samples, dataset_meta=None, **kwargs):
    metric = METRICS.build(dict(type='MultiLabelMicroActionMetric', **kwargs))
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = dataset_meta
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


def _expected(scores, labels, parts, threshold=0.5):
    """By scikit-learn."""
    scores = scores.astype(float)
    bodies = sorted(set(parts))
    body_scores = [scores[:, parts == b].max(axis=1) for b in bodies]
    body_labels = [labels[:, parts == b].any(axis=1) for b in bodies]
    return {
        'mma52/clip_mAP':
        sk.average_precision_score(labels, scores),
        'mma52/clip_f1_macro':
        sk.f1_score(labels, scores >= threshold, average='macro'),
        'mma52/clip_body_mAP':
        sk.average_precision_score(
            np.stack(body_labels, axis=1), np.stack(body_scores, axis=1))
    }


def test_equals_scikit_learn():
    scores, labels = _random()
    assert labels.any(axis=0).all()
    for threshold in (0.5, 0.3):
        result = _evaluate(_samples(scores, labels), threshold=threshold)
        expected = _expected(scores, labels, MA52.group_index, threshold)
        assert list(result) == list(expected)
        assert result == pytest.approx(expected)


def test_subset_of_classes_and_float_labels():
    names = ('waving', 'nodding', 'shaking head')
    scores, labels = _random(num_classes=3)
    samples = _samples(scores, torch.tensor(labels).float())
    result = _evaluate(samples, dict(classes=names))
    assert result == pytest.approx(
        _expected(scores, labels, np.array([2, 1, 1])))


def test_dict_of_scores():
    scores, labels = _random()
    samples = [
        dict(pred_score=dict(rgb=torch.from_numpy(s)), gt_label=label)
        for s, label in zip(scores, labels)
    ]
    assert _evaluate(
        samples, score_key='rgb') == _evaluate(_samples(scores, labels))


def test_without_labels_warns(caplog):
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    assert _evaluate(_samples(_random()[0])) == {}
    logger.removeHandler(caplog.handler)
    assert 'no mma52 scores' in caplog.text


@pytest.mark.parametrize('score, label, text', [
    (np.full(52, 3.), np.eye(52)[0], 'from 3 to 3, but needs probabilities'),
    (np.full(52, -.1), np.eye(52)[0], 'scores from -0.1'),
    (np.full(52, np.nan), np.eye(52)[0], 'holds NaN'),
    (np.ones(51), np.eye(52)[0], 'num_classes=52'),
    (np.ones((4, 52)), np.eye(52)[0], '4 views'),
    (np.ones(52), np.array([9]), r'52 zeros and ones, but got \[9.0\]'),
    (np.ones(52), np.full(52, 2), 'zeros and ones'),
])
def test_bad_samples(score, label, text):
    sample = dict(clip_name='x', pred_score=score, gt_label=label)
    with pytest.raises(ValueError, match=f'prediction for x .*{text}'):
        _evaluate([sample])


def test_other_bad_input():
    scores, labels = _random(3)
    with pytest.raises(ValueError, match='threshold must lie between'):
        MultiLabelMicroActionMetric(threshold=1)
    with pytest.raises(ValueError, match='no predictions'):
        _evaluate([])
    with pytest.raises(ValueError, match='only 3 of 6 clips have a label'):
        _evaluate(_samples(scores, labels) + _samples(scores))
