# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pandas
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults, Evaluator

from mmaction_microaction.evaluation import (MicroActionMetric,
                                             confusion_matrix,
                                             load_predictions, ma52_scores,
                                             per_class_table)
from mmaction_microaction.taxonomy import MA52

KIND = 'MicroActionMetric'
FILES = {'per_class.csv', 'confusion_action.csv', 'confusion_body.csv'}


def _random(num_classes=52):
    rng = np.random.default_rng(0)
    scores = rng.random((40, num_classes)).astype(np.float32)
    return scores, rng.integers(0, num_classes, 40)


def _samples(scores, labels=None, **fields):
    samples = []
    for index, score in enumerate(scores):
        sample = ActionDataSample().set_pred_score(torch.from_numpy(score))
        sample.set_metainfo(dict(clip_name=f'{index:04}.mp4'))
        if labels is not None:
            sample.set_gt_label(int(labels[index]))
        for key, values in fields.items():
            sample.set_field(values[index], key)
        samples.append(sample)
    return samples


@pytest.mark.parametrize('body', ['lookup', 'sum', 'head'])
def test_equals_the_function_under_the_agreed_keys(evaluate, body):
    scores, labels = _random()
    head = np.random.default_rng(1).normal(size=(40, 7)).astype(np.float32)
    samples = _samples(scores, labels, body_score=torch.from_numpy(head))
    result = evaluate(KIND, samples, body=body)
    expected = ma52_scores(scores, labels, head if body == 'head' else body)
    assert result == {f'ma52/{key}': x for key, x in expected.items()}
    assert list(expected) == [
        'action_top1', 'action_top5', 'body_top1', 'action_f1_macro',
        'action_f1_micro', 'body_f1_macro', 'body_f1_micro', 'f1_mean'
    ]


def test_other_classes(evaluate, five, tmp_path):
    few = MA52.subset(('waving', 'nodding', 'shaking head'))
    for taxonomy, meta, prefix in ((few, dict(classes=few.names), 'ma52'),
                                   (five, dict(taxonomy=five.to_dict()),
                                    'five')):
        scores, labels = _random(taxonomy.num_classes)
        samples = _samples(scores, labels)
        result = evaluate(KIND, samples, meta, out_dir=str(tmp_path))
        expected = ma52_scores(scores, labels, taxonomy=taxonomy)
        assert result == {f'{prefix}/{key}': x for key, x in expected.items()}
    table = (tmp_path / 'confusion_body.csv').read_text().splitlines()
    assert table[0] == 'true \\ predicted,hand,foot'
    assert (tmp_path / 'per_class.csv').read_text().count('foot') == 2


def test_without_labels_warns_and_dump_still_works(tmp_path, log):
    scores, _ = _random()
    dump = tmp_path / 'pred.pkl'
    evaluator = Evaluator([MicroActionMetric(), DumpResults(str(dump))])
    evaluator.process(_samples(scores))
    assert evaluator.evaluate(len(scores)) == {}
    assert 'no labels' in log.text
    names, dumped, labels = load_predictions(str(dump))
    assert np.array_equal(dumped, scores) and labels is None
    assert names[1] == '0001.mp4'


def test_tables_go_to_a_folder_beside_the_log_or_nowhere(
        evaluate, tmp_path, monkeypatch, logger_at):
    monkeypatch.chdir(tmp_path)
    scores, labels = _random()
    samples = _samples(scores, labels)
    logger_at('no log')
    evaluate(KIND, samples, artifacts=True)
    assert not list(tmp_path.iterdir())
    logger_at('beside', log_file=str(tmp_path / 'run.log'))
    for _ in range(2):  # the second overwrites the first
        evaluate(KIND, samples, artifacts=True)
    assert {path.name for path in tmp_path.iterdir()} == FILES | {'run.log'}
    evaluate(KIND, samples, out_dir='a/b')
    assert {path.name for path in (tmp_path / 'a' / 'b').iterdir()} == FILES
    counts = confusion_matrix(scores.argmax(axis=1), labels, 52)
    pandas.testing.assert_frame_equal(
        pandas.read_csv('per_class.csv'),
        pandas.DataFrame(per_class_table(counts)))


def test_results_are_small_and_picklable():
    metric = MicroActionMetric()
    metric.process(None, [s.to_dict() for s in _samples(*_random())])
    assert all(r['score'].dtype == np.float32 for r in metric.results)
    assert len(pickle.dumps(metric.results[0])) < 52 * 4 + 300


def test_bad_input(evaluate):
    with pytest.raises(ValueError, match="body must be 'lookup'"):
        MicroActionMetric(body='mean')
    for head in ({}, dict(body_score=torch.zeros(40, 6))):
        with pytest.raises(ValueError, match='needs a body_score of 7 .*0000'):
            evaluate(KIND, _samples(*_random(), **head), body='head')
    with pytest.raises(ValueError, match='has no pred_score'):
        evaluate(KIND, [dict(gt_label=torch.tensor([0]))])
