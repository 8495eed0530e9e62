# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pandas
import pytest
import torch

from mmaction_microaction.evaluation import unweighted_scores

NAMES = ('negative', 'positive', 'surprise')
# Source, subject, label, prediction.
CLIPS = [('casme2', 'casme2/sub01', 0, 0), ('casme2', 'casme2/sub01', 1, 0),
         ('casme2', 'casme2/sub02', 2, 2), ('smic', 'smic/s01', 0, 1),
         ('smic', 'smic/s01', 1, 1)]
MATRIX = [[1, 1, 0], [1, 1, 0], [0, 0, 1]]

SAMPLES = [
    dict(
        pred_score=torch.eye(3)[prediction],
        gt_label=torch.tensor([label]),
        clip_name=f'{subject}/{i}',
        subject=subject,
        source=source)
    for i, (source, subject, label, prediction) in enumerate(CLIPS)
]


@pytest.fixture
def score(evaluate, tmp_path):
    """A function: samples -> scores, counts and predictions."""

    def run(samples):
        scores = evaluate(
            'MicroExpressionMetric',
            samples,
            dict(classes=NAMES),
            out_dir=str(tmp_path))
        counts = json.loads((tmp_path / 'mer_counts.json').read_text())
        table = pandas.read_csv(tmp_path / 'mer_predictions.csv')
        return scores, counts, table

    return run


def test_scores_and_tables(score):
    scores, counts, table = score(SAMPLES)
    expected = dict(
        unweighted_scores(np.array(MATRIX), NAMES),
        # The same predictions, restricted to each data set.
        casme2_uf1=np.mean([2 / 3, 0, 1]),
        casme2_uar=np.mean([1, 0, 1]),
        casme2_accuracy=2 / 3,
        smic_uf1=np.mean([0, 2 / 3]),
        smic_uar=.5,
        smic_accuracy=.5)
    assert scores == pytest.approx({
        f'mer/{key}': value
        for key, value in expected.items()
    })
    assert counts == dict(
        classes=list(NAMES),
        confusion=MATRIX,
        subjects={
            'casme2/sub01': [[1, 0, 0], [1, 0, 0], [0, 0, 0]],
            'casme2/sub02': [[0, 0, 0], [0, 0, 0], [0, 0, 1]],
            'smic/s01': [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
        },
        sources=dict(
            casme2=[[1, 0, 0], [1, 0, 0], [0, 0, 1]],
            smic=[[0, 1, 0], [0, 1, 0], [0, 0, 0]]))
    assert len(table) == len(CLIPS)
    assert table.loc[1].tolist() == [
        'casme2/sub01/1', 'casme2/sub01', 'casme2', 'positive', 'negative'
    ]


def test_without_subjects(score):
    keys = ('pred_score', 'gt_label')
    scores, counts, _ = score([{k: x[k] for k in keys} for x in SAMPLES])
    assert len(scores) == 6
    assert counts['subjects'] == counts['sources'] == {}
