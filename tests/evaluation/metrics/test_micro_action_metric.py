# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pandas
import pytest
import torch
from mmengine.logging import MMLogger

from mmaction_microaction.evaluation import (MicroActionMetric,
                                             confusion_matrix, ma52_scores,
                                             per_class_table)

KIND = 'MicroActionMetric'
FILES = {'per_class.csv', 'confusion_action.csv', 'confusion_body.csv'}


def _random(num_classes=52):
    rng = np.random.default_rng(0)
    scores = rng.random((40, num_classes)).astype(np.float32)
    return scores, rng.integers(0, num_classes, 40)


@pytest.mark.parametrize('body', ['lookup', 'sum', 'head'])
def test_equals_the_function_under_the_agreed_keys(evaluate, clips, label_set,
                                                   body):
    taxonomy, meta, prefix = label_set
    scores, labels = _random(taxonomy.num_classes)
    heads = np.random.default_rng(1).random((40, taxonomy.num_groups))
    samples = clips(scores, labels, body_score=torch.tensor(heads))
    result = evaluate(KIND, samples, meta, body=body)
    expected = ma52_scores(scores, labels, heads if body == 'head' else body,
                           taxonomy)
    prefix = prefix.replace('mma52', 'ma52')
    assert result == {f'{prefix}/{key}': x for key, x in expected.items()}
    assert list(expected) == [
        'action_top1', 'action_top5', 'body_top1', 'action_f1_macro',
        'action_f1_micro', 'body_f1_macro', 'body_f1_micro', 'f1_mean'
    ]


def test_tables_go_to_a_folder_beside_the_log_or_nowhere(
        evaluate, clips, label_set, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    taxonomy, meta, _ = label_set
    scores, labels = _random(taxonomy.num_classes)
    samples, logger = clips(scores, labels), MMLogger.get_current_instance()
    monkeypatch.setattr(logger, '_log_file', None)
    evaluate(KIND, samples, meta, artifacts=True)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(logger, '_log_file', str(tmp_path / 'new' / 'run.log'))
    for _ in range(2):  # the second overwrites the first
        evaluate(KIND, samples, meta, artifacts=True)
    evaluate(KIND, samples, meta, out_dir='a/b')
    for folder in ('new', 'a/b'):
        assert {x.name for x in (tmp_path / folder).iterdir()} == FILES
    counts = confusion_matrix(
        scores.argmax(axis=1), labels, taxonomy.num_classes)
    pandas.testing.assert_frame_equal(
        pandas.read_csv('a/b/per_class.csv'),
        pandas.DataFrame(per_class_table(counts, taxonomy)))
    table = pandas.read_csv('a/b/confusion_body.csv')
    assert list(table) == ['true \\ predicted', *taxonomy.groups]


def test_actions_alone_beside_the_fused(evaluate, clips):
    scores, labels = _random()
    fine = np.random.default_rng(2).random((40, 52))
    found = evaluate(KIND,
                     clips(scores, labels, fine_score=torch.tensor(fine)))
    alone = ma52_scores(fine, labels)
    for key in ('action_top1', 'body_top1', 'f1_mean'):
        assert found.pop(f'ma52/fine_{key}') == alone[key]
    assert found == evaluate(KIND, clips(scores, labels))
    with pytest.raises(ValueError, match='51,.* 52 classes'):
        evaluate(KIND, clips(scores, labels, fine_score=fine[:, 1:]))


def test_body_of_one_of_several_streams(evaluate, clips):
    scores, labels = _random()
    bodies = np.random.default_rng(3).random((40, 7))
    streams = [dict(rgb=x, pose=x[::-1].copy()) for x in bodies]
    expected = evaluate(
        KIND, clips(scores, labels, body_score=bodies), body='head')
    rows = clips(scores, labels, body_score=streams)
    for row in rows:
        row.set_field(dict(rgb=row.pred_score, pose=0), 'pred_score')
    found = evaluate(KIND, rows, body='head', score_key='rgb')
    assert found == expected


def test_bad_input(evaluate, clips):
    with pytest.raises(ValueError, match="body must be 'lookup'"):
        MicroActionMetric(body='mean')
    for fields in ({}, dict(body_score=np.zeros((40, 6)))):
        with pytest.raises(ValueError, match='needs a body_score of 7 .*0'):
            evaluate(KIND, clips(*_random(), **fields), body='head')
    with pytest.raises(ValueError, match='has no pred_score'):
        evaluate(KIND, [dict(gt_label=torch.tensor([0]))])
