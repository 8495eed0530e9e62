# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import pickle

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults, Evaluator

from mmaction_microaction.evaluation import (MicroActionMetric,
                                             load_predictions, ma52_scores)
from mmaction_microaction.taxonomy import MA52

KIND = 'MicroActionMetric'
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


def test_equals_the_function_under_the_agreed_keys(evaluate):
    scores, labels = _random()
    result = evaluate(KIND, _samples(scores, labels))
    assert list(result) == [
        f'ma52/{key}' for key in ('action_top1', 'action_top5', 'body_top1',
                                  'action_f1_macro', 'action_f1_micro',
                                  'body_f1_macro', 'body_f1_micro', 'f1_mean')
    ]
    expected = ma52_scores(scores, labels)
    assert {k.split('/')[1]: v for k, v in result.items()} == expected
    summed = evaluate(KIND, _samples(scores, labels), body='sum')
    assert summed['ma52/body_top1'] == ma52_scores(scores, labels,
                                                   'sum')['body_top1']


def test_body_head(evaluate):
    scores, labels = _random()
    head = torch.randn(len(scores), 7)
    samples = _samples(scores, labels, body_score=head)
    expected = ma52_scores(scores, labels, head.numpy())
    assert evaluate(
        KIND, samples, body='head')['ma52/body_top1'] == expected['body_top1']
    with pytest.raises(ValueError, match='0000.mp4 has no body_score'):
        evaluate(KIND, _samples(scores, labels), body='head')
    samples = _samples(scores, labels, body_score=head[:, :6])
    with pytest.raises(ValueError, match='body_score of 7'):
        evaluate(KIND, samples, body='head')


def test_other_classes(evaluate, five, tmp_path):
    few = MA52.subset(('waving', 'nodding', 'shaking head'))
    for taxonomy, meta, prefix in ((few, dict(classes=few.names), 'ma52'),
                                   (five, dict(taxonomy=five.to_dict()),
                                    'five')):
        scores, labels = _random(num_classes=taxonomy.num_classes)
        samples = _samples(scores, labels)
        result = evaluate(KIND, samples, meta, out_dir=str(tmp_path))
        bodies = taxonomy.group_index
        hits = bodies[scores.argmax(axis=1)] == bodies[labels]
        assert result[f'{prefix}/body_top1'] == pytest.approx(hits.mean())
        assert result[f'{prefix}/action_top5'] == 1
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


def test_tables(evaluate, tmp_path):
    scores, labels = _random()
    for _ in range(2):  # the second overwrites the first
        evaluate(KIND, _samples(scores, labels), out_dir=str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == FILES
    with open(tmp_path / 'per_class.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['name'] for row in rows] == list(MA52.names)
    assert sum(int(row['support']) for row in rows) == len(labels)
    for level, size in (('action', 52), ('body', 7)):
        data = (tmp_path / f'confusion_{level}.csv').read_bytes()
        assert b'\r' not in data
        counts = [row.split(b',')[1:] for row in data.splitlines()[1:]]
        counts = np.array(counts, int)
        assert counts.shape == (size, size) and counts.sum() == len(labels)


def test_tables_go_beside_the_log_or_nowhere(evaluate, tmp_path, monkeypatch,
                                             logger_at):
    monkeypatch.chdir(tmp_path)
    samples = _samples(*_random())
    logger_at('no log')
    evaluate(KIND, samples, artifacts=True)
    assert not list(tmp_path.iterdir())
    logger_at('beside', log_file=str(tmp_path / 'run.log'))
    evaluate(KIND, samples, artifacts=True)
    assert {path.name for path in tmp_path.iterdir()} == FILES | {'run.log'}


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
def test_bad_samples(evaluate, change, text):
    content = dict(scores=np.ones((3, 52), np.float32), labels=[0, 1, 2])
    with pytest.raises(ValueError, match=text):
        evaluate(KIND, _samples(**{**content, **change}))


def test_other_bad_input(evaluate):
    with pytest.raises(ValueError, match="body must be 'lookup'"):
        MicroActionMetric(body='mean')
    sample = dict(pred_score=torch.ones(52), gt_label=torch.ones(52))
    with pytest.raises(ValueError, match='needs one label'):
        evaluate(KIND, [sample])
    with pytest.raises(ValueError, match='has no pred_score'):
        evaluate(KIND, [dict(gt_label=torch.tensor([0]))])
