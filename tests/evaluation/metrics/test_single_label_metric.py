# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation import SingleLabelMetric


class Accuracy(SingleLabelMetric):
    default_prefix = 'a'

    def details(self, sample, clip):
        return dict(name=sample['clip_name'])

    def score(self, results):
        self.kept = [result['name'] for result in results]
        hits = [r['score'].argmax() == r['label'] for r in results]
        return dict(accuracy=np.mean(hits))


@pytest.fixture
def metric():
    metric = Accuracy(score_key='pose')
    metric.dataset_meta = dict(classes=['x', 'y'])
    return metric


def sample(name, scores, label):
    score = dict(pose=np.array(scores), rgb=np.array(scores[::-1]))
    return dict(clip_name=name, pred_score=score, gt_label=[label])


def test_scores_labels_and_details(metric):
    metric.process(None, [sample('p', [1., 0.], 0)])
    metric.process(None, [sample('q', [1., 0.], 1), sample('r', [0., 1.], 1)])
    assert metric.evaluate(3) == {'a/accuracy': pytest.approx(2 / 3)}
    assert metric.kept == ['p', 'q', 'r']
    assert metric.artifacts and metric.out_dir is None


def test_what_does_not_fit_names_the_clip(metric):
    with pytest.raises(ValueError, match='the prediction for p'):
        metric.process(None, [sample('p', [1., 0., 0.], 0)])
    with pytest.raises(ValueError, match='the prediction for p'):
        metric.process(None, [sample('p', [1., 0.], 2)])


def test_no_details_unless_asked_for():
    assert SingleLabelMetric.details(None, dict(clip_name='p'), 'p') == {}
