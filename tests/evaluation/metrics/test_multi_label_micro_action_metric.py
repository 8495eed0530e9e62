# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import sklearn.metrics as sk
import torch
from mmaction.structures import ActionDataSample

from mmaction_microaction.evaluation import MultiLabelMicroActionMetric

KIND = 'MultiLabelMicroActionMetric'


def _expected(scores, labels, parts, threshold):
    """By scikit-learn."""
    scores, bodies = scores.astype(float), sorted(set(parts))
    body_scores = [scores[:, parts == b].max(axis=1) for b in bodies]
    body_labels = [labels[:, parts == b].any(axis=1) for b in bodies]
    return [
        sk.average_precision_score(labels, scores),
        sk.f1_score(labels, scores >= threshold, average='macro'),
        sk.average_precision_score(
            np.stack(body_labels, axis=1), np.stack(body_scores, axis=1))
    ]


@pytest.mark.parametrize('threshold', [0.5, 0.3])
def test_equals_scikit_learn(evaluate, label_set, threshold):
    taxonomy, meta = label_set
    rng = np.random.default_rng(0)
    labels = rng.random((40, taxonomy.num_classes)) < 0.1
    scores = np.float32(0.7 * rng.random(labels.shape) + 0.3 * labels)
    assert labels.any(axis=0).all()
    samples = [
        ActionDataSample().set_pred_score(
            torch.from_numpy(score)).set_gt_label(torch.tensor(label).float())
        for score, label in zip(scores, labels)
    ]
    result = evaluate(KIND, samples, meta, threshold=threshold)
    prefix = 'five' if taxonomy.name == 'five' else 'mma52'
    assert list(result) == [
        f'{prefix}/clip_{key}' for key in ('mAP', 'f1_macro', 'body_mAP')
    ]
    assert list(result.values()) == pytest.approx(
        _expected(scores, labels, taxonomy.group_index, threshold))
    several = [
        dict(pred_score=dict(rgb=score), gt_label=label)
        for score, label in zip(scores, labels.astype(int))
    ]
    assert evaluate(
        KIND, several, meta, threshold=threshold, score_key='rgb') == result


@pytest.mark.parametrize('score, label, text', [
    (np.full(52, 3.), np.eye(52)[0], 'from 3 to 3, but needs probabilities'),
    (np.full(52, -.1), np.eye(52)[0], 'scores from -0.1'),
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
