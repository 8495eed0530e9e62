# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import sklearn.metrics as sk

from mmaction_microaction.evaluation.functional import (  # isort: skip
    confusion_matrix, ma52_scores, ma52_scores_from_ranks, per_class_table,
    rank_bodies, rank_classes)
from mmaction_microaction.taxonomy import MA52


def _random(num_clips):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 52, num_clips)
    scores = rng.random((num_clips, 52)) + 0.8 * np.eye(52)[labels]
    return scores / scores.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize('num_clips', [1, 20, 300])
def test_ma52_scores_equal_scikit_learn(num_clips):
    scores, labels = _random(num_clips)
    true_bodies, actions = MA52.group_index[labels], scores.argmax(axis=1)
    sums = [scores[:, MA52.group_index == x].sum(axis=1) for x in range(7)]
    head = np.random.default_rng(1).normal(size=(num_clips, 7))
    for body, bodies in (('lookup', MA52.group_index[actions]),
                         ('sum', np.argmax(sums, axis=0)),
                         (head, head.argmax(axis=1))):  # yapf: disable
        f1 = {
            f'{level}_f1_{average}': sk.f1_score(*pair, average=average)
            for level, pair in (('action', (labels, actions)),
                                ('body', (true_bodies, bodies)))
            for average in ('macro', 'micro')
        }
        assert ma52_scores(scores, labels, body) == pytest.approx(
            dict(
                action_top1=sk.accuracy_score(labels, actions),
                action_top5=sk.top_k_accuracy_score(
                    labels, scores, k=5, labels=range(52)),
                body_top1=sk.accuracy_score(true_bodies, bodies),
                f1_mean=np.mean(list(f1.values())),
                **f1))
    ranks = rank_classes(scores)[:, :5]
    assert ma52_scores_from_ranks(ranks, MA52.group_index[ranks[:, 0]],
                                  labels) == ma52_scores(scores, labels)


def test_subset_of_classes():
    few = MA52.subset(('waving', 'nodding', 'shaking head'))
    # The part with two likely actions wins over the likeliest action.
    scores = np.array([[0.4, 0.3, 0.3]])
    assert rank_bodies(scores, 'lookup', few).tolist() == [[2, 1, 1]]
    assert rank_bodies(scores, 'sum', few)[0, :2].tolist() == [1, 2]
    result = ma52_scores(scores, [0], taxonomy=few)
    assert result['body_top1'] == result['action_top5'] == 1
    assert ma52_scores(scores, [1], 'sum', few)['body_top1'] == 1


@pytest.mark.parametrize('scores, body, text', [
    (np.ones((4, 52)), 'mean', "'lookup', 'sum' or an array"),
    (np.ones((4, 52)), np.zeros((4, 52)), r'\(4, 7\), but got \(4, 52\)'),
    (-np.ones((1, 52)), 'sum', "average_clips='prob'"),
    (np.ones((2, 400)), 'lookup', '52 classes, but got 400'),
])
def test_refuses(scores, body, text):
    with pytest.raises(ValueError, match=text):
        ma52_scores(scores, [0] * len(scores), body)


def test_per_class_table():
    scores, labels = _random(300)
    predictions = scores.argmax(axis=1)
    table = per_class_table(confusion_matrix(predictions, labels, 52))
    expected = sk.precision_recall_fscore_support(
        labels, predictions, labels=range(52), zero_division=0)
    keys = 'index', 'name', 'body', 'precision', 'recall', 'f1', 'support'
    for row, label, *values in zip(table, MA52.labels, *expected):
        names = label.index, label.name, label.group_name
        assert row == pytest.approx(dict(zip(keys, (*names, *values))))
