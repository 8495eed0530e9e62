# Copyright (c) mmaction-microaction contributors. All rights reserved.
import logging

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger

from mmaction_microaction.evaluation import (EmotionMetric,
                                             MicroActionDetectionMetric,
                                             MicroActionMetric,
                                             MicroExpressionMetric)
from mmaction_microaction.evaluation.metrics.labelled_metric import (
    CHALLENGE_HINT, LabelledMetric, class_scores)
from mmaction_microaction.taxonomy import MA52


class Count(LabelledMetric):
    default_prefix = 'test'

    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def score(self, results):
        return dict(count=len(results))


def _evaluate(*results):
    metric = Count()
    metric.process(None, results)
    return metric.evaluate(len(results))


def test_scores_only_labelled_clips(caplog):
    assert _evaluate(dict(label=0), dict(label=1)) == {'test/count': 2}
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    assert _evaluate({}, {}) == {}
    logger.removeHandler(caplog.handler)
    assert caplog.records[-1].levelno == logging.WARNING
    assert 'no labels, so there are no test scores' in caplog.text
    assert 'make_submission' not in caplog.text
    with pytest.raises(ValueError, match='only 1 of 2 clips have a label'):
        _evaluate(dict(label=0), {})
    with pytest.raises(ValueError, match='no predictions to evaluate'):
        _evaluate()


def test_only_metrics_of_the_challenge_speak_of_submissions():
    assert MicroActionMetric.unlabelled_hint == CHALLENGE_HINT
    assert MicroActionDetectionMetric.unlabelled_hint == CHALLENGE_HINT
    for other in (EmotionMetric, MicroExpressionMetric):
        assert other.unlabelled_hint == ''


def test_names():
    metric = Count()
    assert metric.names == MA52.names
    metric.dataset_meta = dict(classes=('waving', ))
    assert metric.names == ('waving', )


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
