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
from mmaction_microaction.evaluation.metrics.labelled_metric import (
    CHALLENGE_HINT, class_scores)
from mmaction_microaction.taxonomy import MA52


class Count(LabelledMetric):
    default_prefix = 'test'

    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def score(self, results):
        return dict(count=len(results))


class Accuracy(SingleLabelMetric):
    default_prefix = 'a'

    def details(self, sample, clip):
        return dict(name=sample['clip_name'])

    def score(self, results):
        self.kept = [result['name'] for result in results]
        hits = [r['score'].argmax() == r['label'] for r in results]
        return dict(accuracy=np.mean(hits))


def _count(*results, meta=None, **kwargs):
    metric = Count(**kwargs)
    metric.dataset_meta = meta
    metric.process(None, results)
    return metric.evaluate(len(results))


def test_scores_only_labelled_clips(log):
    assert _count(dict(label=0), dict(label=1)) == {'test/count': 2}
    assert _count({}, {}) == {}
    assert log.records[-1].levelno == logging.WARNING
    assert 'no labels, so there are no test scores' in log.text
    assert 'make_submission' not in log.text
    with pytest.raises(ValueError, match='only 1 of 2 clips have a label'):
        _count(dict(label=0), {})
    with pytest.raises(ValueError, match='no predictions to evaluate'):
        _count()


def test_only_metrics_of_the_challenge_speak_of_submissions():
    assert MicroActionMetric.unlabelled_hint == CHALLENGE_HINT
    assert MicroActionDetectionMetric.unlabelled_hint == CHALLENGE_HINT
    for other in (EmotionMetric, MicroExpressionMetric):
        assert other.unlabelled_hint == ''


def test_the_prefix_is_the_data_sets(five):
    one, own = dict(label=0), dict(taxonomy=five.to_dict())
    assert _count(one, meta=own) == {'five/count': 1}
    assert _count(one, meta=own, prefix='x') == {'x/count': 1}
    assert _count(one, meta=dict(taxonomy=MA52.to_dict())) == {'test/count': 1}


def test_taxonomy_and_names(five):
    metric = Count()
    assert metric.taxonomy is MA52 and metric.names == MA52.names
    metric.dataset_meta = dict(classes=('waving', ))
    assert metric.names == metric.taxonomy.names == ('waving', )
    metric.dataset_meta = dict(taxonomy=five.to_dict(), classes=five.names)
    assert metric.taxonomy == five and metric.names == five.names
    metric.dataset_meta = dict(taxonomy=five.to_dict(), classes=['kick'])
    assert metric.taxonomy == five.subset(['kick'])
    metric.dataset_meta = dict(classes=['joy'])  # of another kind
    assert metric.names == ['joy']


def test_class_scores():
    sample = dict(pred_score=torch.tensor([0.25, 0.75]).half())
    scores = class_scores(sample, 2, 'x')
    assert scores.tolist() == [0.25, 0.75] and scores.dtype == np.float32
    sample = dict(pred_score=dict(rgb=[0.5, 0.5], pose=[1, 0]))
    assert class_scores(sample, 2, 'x', 'pose').tolist() == [1, 0]
    for score, text in (([1., 2., 3.], 'x has scores of shape'),
                        ([[1., 2.]] * 3, 'x has scores of 3 views'),
                        ([np.nan, 1.], 'x holds NaN')):
        with pytest.raises(ValueError, match=text):
            class_scores(dict(pred_score=score), 2, 'x')


def _sample(name, scores, label):
    score = dict(pose=np.array(scores), rgb=np.array(scores[::-1]))
    return dict(clip_name=name, pred_score=score, gt_label=[label])


def test_one_label_per_clip():
    metric = Accuracy(score_key='pose')
    metric.dataset_meta = dict(classes=['x', 'y'])
    metric.process(None, [_sample('p', [1., 0.], 0)])
    metric.process(None,
                   [_sample('q', [1., 0.], 1),
                    _sample('r', [0., 1.], 1)])
    assert metric.evaluate(3) == {'a/accuracy': pytest.approx(2 / 3)}
    assert metric.kept == ['p', 'q', 'r']
    for scores, label in (([1., 0., 0.], 0), ([1., 0.], 2)):
        with pytest.raises(ValueError, match='the prediction for p'):
            metric.process(None, [_sample('p', scores, label)])
