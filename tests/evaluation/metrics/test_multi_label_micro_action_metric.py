# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation import MultiLabelMicroActionMetric
from mmaction_microaction.evaluation.functional import (body_maxima,
                                                        mean_average_precision,
                                                        multilabel_f1_macro)

KIND = 'MultiLabelMicroActionMetric'


@pytest.mark.parametrize('threshold', [0.5, 0.3])
def test_equals_the_functions(evaluate, clips, label_set, threshold):
    taxonomy, meta, prefix = label_set
    rng = np.random.default_rng(0)
    labels = rng.random((40, taxonomy.num_classes)) < 0.1
    scores = np.float32(0.7 * rng.random(labels.shape) + 0.3 * labels)
    result = evaluate(KIND, clips(scores, labels), meta, threshold=threshold)
    bodies = [body_maxima(x, taxonomy) for x in (scores, labels)]
    assert result == {
        f'{prefix}/clip_mAP': mean_average_precision(scores, labels),
        f'{prefix}/clip_f1_macro': multilabel_f1_macro(scores, labels,
                                                       threshold),
        f'{prefix}/clip_body_mAP': mean_average_precision(*bodies)
    }
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
def test_bad_samples(evaluate, clips, score, label, text):
    with pytest.raises(ValueError, match=f'prediction for 0 .*{text}'):
        evaluate(KIND, clips([score], [label]))


def test_bad_threshold():
    with pytest.raises(ValueError, match='threshold must lie between'):
        MultiLabelMicroActionMetric(threshold=1)
