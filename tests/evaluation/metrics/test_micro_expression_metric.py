# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import json

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger

from mmaction_microaction.evaluation import (micro_expression_scores,
                                             pool_counts)

NAMES = ('negative', 'positive', 'surprise')
# Source, subject, label, prediction.
CLIPS = [('casme2', 'casme2/sub01', 0, 0), ('casme2', 'casme2/sub01', 1, 0),
         ('casme2', 'casme2/sub02', 2, 2), ('smic', 'smic/s01', 0, 1),
         ('smic', 'smic/s01', 1, 1)]


def _samples(clips, **change):
    return [
        dict(
            dict(
                pred_score=torch.eye(3)[prediction],
                gt_label=torch.tensor([label]),
                clip_name=f'{subject}/{i}',
                subject=subject,
                source=source), **change)
        for i, (source, subject, label, prediction) in enumerate(clips)
    ]


@pytest.fixture
def score(evaluate):
    return lambda samples, **kwargs: evaluate('MicroExpressionMetric', samples,
                                              dict(classes=NAMES), **kwargs)


def test_scores_and_tables(score, tmp_path):
    scores = score(_samples(CLIPS), out_dir=str(tmp_path))
    matrix = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    whole = micro_expression_scores(matrix, NAMES)
    assert {k: scores[f'mer/{k}'] for k in whole} == pytest.approx(whole)
    # The same predictions, restricted to each data set.
    assert scores['mer/casme2_uf1'] == pytest.approx(np.mean([2 / 3, 0, 1]))
    assert scores['mer/casme2_uar'] == pytest.approx(np.mean([1, 0, 1]))
    assert scores['mer/smic_accuracy'] == pytest.approx(.5)
    counts = json.loads((tmp_path / 'mer_counts.json').read_text())
    assert counts['classes'] == list(NAMES)
    assert counts['confusion'] == matrix.tolist()
    assert list(
        counts['subjects']) == ['casme2/sub01', 'casme2/sub02', 'smic/s01']
    for key in ('subjects', 'sources'):
        assert np.array_equal(pool_counts(counts[key].values()), matrix)
    with open(tmp_path / 'mer_predictions.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == dict(
        clip_name='casme2/sub01/1',
        subject='casme2/sub01',
        source='casme2',
        label='positive',
        prediction='negative')


def test_folds_pool_to_the_whole(score, tmp_path):
    whole = score(_samples(CLIPS), artifacts=False)
    matrices = []
    for subject in ('casme2/sub01', 'casme2/sub02', 'smic/s01'):
        out = tmp_path / subject.replace('/', '_')
        score(
            _samples([x for x in CLIPS if x[1] == subject]), out_dir=str(out))
        counts = json.loads((out / 'mer_counts.json').read_text())
        matrices.append(counts['confusion'])
    pooled = micro_expression_scores(pool_counts(matrices), NAMES)
    assert whole['mer/uf1'] == pooled['uf1']
    assert np.sum(matrices) == len(CLIPS)


def test_without_subjects_and_without_a_log(score, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(MMLogger.get_current_instance(), '_log_file', None)
    bare = [{
        k: x[k]
        for k in ('pred_score', 'gt_label')
    } for x in _samples(CLIPS)]
    assert len(score(bare)) == 6
    assert not list(tmp_path.iterdir())
