# Copyright (c) mmaction-microaction contributors. All rights reserved.
import logging

import numpy as np
import pytest
import torch

from mmaction_microaction.evaluation import (EmotionMetric, LabelledMetric,
                                             MicroActionDetectionMetric,
                                             MicroActionMetric,
                                             MicroExpressionMetric,
                                             SingleLabelMetric)
from mmaction_microaction.evaluation.metrics.labelled_metric import \
    CHALLENGE_HINT
from mmaction_microaction.taxonomy import MA52


class Count(LabelledMetric):
    default_prefix = 'test'

    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def score(self, results):
        return dict(count=len(results))


class Single(SingleLabelMetric):
    score = None


def _count(*results, meta=None, **kwargs):
    metric = Count(**kwargs)
    metric.dataset_meta = meta
    metric.process(None, results)
    return metric.evaluate(len(results))


def test_scores_only_labelled_clips(log):
    assert _count(dict(label=0), dict(label=1)) == {'test/count': 2}
    assert _count({}, {}) == {}
    assert log.record_tuples[-1][1:] == (
        logging.WARNING, 'The clips have no labels, so there are no test '
        'scores.')
    with pytest.raises(ValueError, match='only 1 of 2 clips have a label'):
        _count(dict(label=0), {})
    with pytest.raises(ValueError, match='no predictions to evaluate'):
        _count()


def test_only_metrics_of_the_challenge_speak_of_submissions():
    for kind in MicroActionMetric, MicroActionDetectionMetric:
        assert kind.unlabelled_hint == CHALLENGE_HINT
    for kind in EmotionMetric, MicroExpressionMetric:
        assert kind.unlabelled_hint == ''


def test_the_prefix_is_the_data_sets(five):
    one, own = dict(label=0), dict(taxonomy=five.to_dict())
    assert _count(one, meta=own) == {'five/count': 1}
    assert _count(one, meta=own, prefix='x') == {'x/count': 1}
    assert _count(one, meta=dict(taxonomy=MA52.to_dict())) == {'test/count': 1}


def test_taxonomy_and_names(five):
    metric, own = Count(), five.to_dict()
    for meta, taxonomy in (
        (None, MA52),
        (dict(classes=('waving', )), MA52.subset(['waving'])),
        (dict(taxonomy=own, classes=five.names), five),
        (dict(taxonomy=own, classes=('kick', )), five.subset(['kick'])),
    ):
        metric.dataset_meta = meta
        assert metric.taxonomy == taxonomy and metric.names == taxonomy.names
    metric.dataset_meta = dict(classes=['joy'])  # of another kind
    assert metric.names == ['joy']


@pytest.fixture
def single():
    metric = Single(score_key='pose')
    metric.dataset_meta = dict(classes=['x', 'y'])
    return metric


def test_what_is_kept_of_a_clip(single):
    pose = torch.tensor([0.25, 0.75]).half()
    single.process(None, [
        dict(pred_score=dict(pose=pose, rgb=[1, 0]), gt_label=[1]),
        dict(pred_score=[1, 0])
    ])
    first, second = single.results
    assert first['score'].tolist() == [0.25, 0.75] and first['label'] == 1
    assert first['score'].dtype == np.float32
    assert second['score'].tolist() == [1, 0] and 'label' not in second


@pytest.mark.parametrize('score, label, text', [
    ([1., 2., 3.], 0, r'has scores of shape \(3,\).*cls_head.num_classes=2'),
    ([[1., 2.]] * 3, 0, 'has scores of 3 views'),
    ([np.nan, 1.], 0, 'holds NaN'),
    ([1., 0.], 2, r'needs one label from 0 to 1, but gt_label is \[2\]'),
    ([1., 0.], [0, 1], 'needs one label'),
    (dict(rgb=[1., 0.]), 0, "set score_key to one of them .*'pose'"),
])
def test_bad_samples(single, score, label, text):
    sample = dict(clip_name='p', pred_score=score, gt_label=label)
    with pytest.raises(ValueError, match=f'the prediction for p .*{text}'):
        single.process(None, [sample])
