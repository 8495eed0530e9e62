# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import pickle

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults, Evaluator
from mmengine.logging import MMLogger

from mmaction_microaction.evaluation import (MicroActionMetric,
                                             load_predictions, ma52_scores)
from mmaction_microaction.taxonomy import MA52

FILES = {'per_class.csv', 'confusion_action.csv', 'confusion_body.csv'}


def _random(num_clips=40, num_classes=52):
    rng = np.random.default_rng(0)
    scores = rng.random((num_clips, num_classes)).astype(np.float32)
    return scores, rng.integers(0, num_classes, num_clips)


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


def _evaluate(samples, dataset_meta=None, batch=16, **kwargs):
    kwargs.setdefault('artifacts', False)
    metric = METRICS.build(dict(type='MicroActionMetric', **kwargs))
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = dataset_meta
    for start in range(0, len(samples), batch):
        evaluator.process(samples[start:start + batch])
    return evaluator.evaluate(len(samples))


def test_equals_the_function_under_the_agreed_keys():
    scores, labels = _random()
    result = _evaluate(_samples(scores, labels))
    assert list(result) == [
        f'ma52/{key}' for key in ('action_top1', 'action_top5', 'body_top1',
                                  'action_f1_macro', 'action_f1_micro',
                                  'body_f1_macro', 'body_f1_micro', 'f1_mean')
    ]
    expected = ma52_scores(scores, labels)
    assert {k.split('/')[1]: v for k, v in result.items()} == expected
    summed = _evaluate(_samples(scores, labels), body='sum')
    assert summed['ma52/body_top1'] == ma52_scores(scores, labels,
                                                   'sum')['body_top1']


def test_body_head():
    scores, labels = _random()
    head = torch.randn(len(scores), 7)
    result = _evaluate(_samples(scores, labels, body_score=head), body='head')
    expected = ma52_scores(scores, labels, head.numpy())
    assert result['ma52/body_top1'] == expected['body_top1']
    with pytest.raises(ValueError, match='0000.mp4 has no body_score'):
        _evaluate(_samples(scores, labels), body='head')
    with pytest.raises(ValueError, match='body_score of 7'):
        _evaluate(
            _samples(scores, labels, body_score=head[:, :6]), body='head')


def test_dict_of_scores():
    scores, labels = _random()
    samples = [
        dict(
            pred_score=dict(rgb=torch.from_numpy(score), pose=torch.zeros(52)),
            gt_label=torch.tensor([label]))
        for score, label in zip(scores, labels)
    ]
    result = _evaluate(samples, score_key='rgb')
    assert result == _evaluate(_samples(scores, labels))
    with pytest.raises(ValueError, match=r"\['pose', 'rgb'\]; set score_key"):
        _evaluate(samples)


def test_subset_of_classes():
    names = ('waving', 'nodding', 'shaking head')
    scores, labels = _random(num_classes=3)
    result = _evaluate(_samples(scores, labels), dict(classes=names))
    bodies = np.array([2, 1, 1])
    hits = bodies[scores.argmax(axis=1)] == bodies[labels]
    assert result['ma52/body_top1'] == pytest.approx(hits.mean())
    assert result['ma52/action_top5'] == 1


def test_without_labels_warns_and_dump_still_works(tmp_path, caplog):
    scores, _ = _random()
    dump = tmp_path / 'pred.pkl'
    evaluator = Evaluator([MicroActionMetric(), DumpResults(str(dump))])
    evaluator.process(_samples(scores))
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    assert evaluator.evaluate(len(scores)) == {}
    logger.removeHandler(caplog.handler)
    assert 'no labels' in caplog.text
    names, dumped, labels = load_predictions(str(dump))
    assert np.array_equal(dumped, scores) and labels is None
    assert names[1] == '0001.mp4'


def test_artifacts(tmp_path):
    scores, labels = _random()
    for _ in range(2):  # the second overwrites the first
        _evaluate(
            _samples(scores, labels), artifacts=True, out_dir=str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == FILES
    with open(tmp_path / 'per_class.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['name'] for row in rows] == list(MA52.names)
    assert sum(int(row['support']) for row in rows) == len(labels)
    for level, size in (('action', 52), ('body', 7)):
        data = (tmp_path / f'confusion_{level}.csv').read_bytes()
        assert b'\r' not in data
        table = list(csv.reader(data.decode().splitlines()))
        assert table[0][1:] == [row[0] for row in table[1:]]
        counts = np.array([row[1:] for row in table[1:]], int)
        assert counts.shape == (size, size) and counts.sum() == len(labels)


def test_artifacts_go_beside_the_log(tmp_path):
    scores, labels = _random()
    MMLogger.get_instance('beside', log_file=str(tmp_path / 'run.log'))
    try:
        _evaluate(_samples(scores, labels), artifacts=True)
    finally:
        logger = MMLogger._instance_dict.pop('beside')
        for handler in logger.handlers:
            handler.close()
    assert {path.name for path in tmp_path.iterdir()} == FILES | {'run.log'}


def test_no_log_no_artifacts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    MMLogger.get_instance('no log')
    try:
        _evaluate(_samples(*_random()), artifacts=True)
    finally:
        MMLogger._instance_dict.pop('no log')
    assert not list(tmp_path.iterdir())


def test_results_are_small_and_picklable():
    scores, labels = _random()
    metric = MicroActionMetric()
    metric.process(None, [s.to_dict() for s in _samples(scores, labels)])
    assert all(r['score'].dtype == np.float32 for r in metric.results)
    assert len(pickle.dumps(metric.results[0])) < 52 * 4 + 300


@pytest.mark.parametrize('change, text', [
    (dict(scores=np.ones((3, 400), np.float32)), 'cls_head.num_classes=52'),
    (dict(scores=np.full((3, 52), np.nan, np.float32)), '0000.mp4 holds NaN'),
    (dict(labels=[0, 52, 1]), r'0001.mp4 needs one label from 0 to 51'),
    (dict(labels=[0, 1, -1]), r'gt_label is \[-1\]'),
])
def test_bad_samples(change, text):
    content = dict(scores=np.ones((3, 52), np.float32), labels=[0, 1, 2])
    with pytest.raises(ValueError, match=text):
        _evaluate(_samples(**{**content, **change}))


def test_other_bad_input():
    scores, labels = _random(3)
    with pytest.raises(ValueError, match="body must be 'lookup'"):
        MicroActionMetric(body='mean')
    with pytest.raises(ValueError, match='no predictions'):
        _evaluate([])
    with pytest.raises(ValueError, match='only 3 of 6 clips have a label'):
        _evaluate(_samples(scores, labels) + _samples(scores))
    with pytest.raises(ValueError, match='needs one label'):
        sample = dict(pred_score=torch.ones(52), gt_label=torch.ones(52))
        _evaluate([sample])
    with pytest.raises(ValueError, match='has no pred_score'):
        _evaluate([dict(gt_label=torch.tensor([0]))])
