# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, recall_score

from mmaction_microaction.engine.loso import LosoReport, LosoRun


@pytest.fixture
def make_report(loso_cfg, fake_tools, tmp_path):
    """A function that reports of folds, with counts for some subjects."""

    def make(folds=None, rule='last', **matrices):
        counts = json.loads((fake_tools / 'counts.json').read_text())
        (fake_tools / 'counts.json').write_text(
            json.dumps(dict(counts, **matrices)))
        run = LosoRun(loso_cfg, str(tmp_path / 'out'), folds, rule)
        run.run(str(fake_tools))
        return LosoReport(run, rule)

    return make


def test_scores_are_of_all_clips_together(make_report):
    hits = np.eye(5, dtype=int)[np.random.default_rng(0).integers(5, size=15)]
    names = ('sub01', 'sub02', 'sub03')
    report = make_report(**dict(zip(names, hits.reshape(3, 5, 5).tolist())))
    labels, predictions = np.indices((5, 5)).reshape(2, 25).repeat(
        np.ravel(report.counts['confusion']), axis=1)
    assert len(labels) == 15  # as many as the data set has
    assert report.scores['uf1'] == pytest.approx(
        f1_score(labels, predictions, average='macro'))
    assert report.scores['uar'] == pytest.approx(
        recall_score(labels, predictions, average='macro'))
    *rows, total = report.subject_rows()
    assert [row[:3] for row in rows] == [(f'sub0{i}', '2', 5)
                                         for i in (1, 2, 3)]
    assert sum(row.correct for row in rows) == total.correct
    assert total.accuracy == pytest.approx(report.scores['accuracy'])
    assert total.clips == 15 and total.subject == 'all'
    assert [clips for _, clips in total.hits] == [3] * 5
    path, *tables = report.write()
    with open(path) as file:
        found = json.load(file)
    assert found == json.loads(json.dumps(report.as_dict()))
    assert found['scores'] == report.scores and found['generated_data']
    assert not found['chosen_on_test_subject']
    assert found['folds_done'] == found['subjects'] == 3
    subjects, predictions, findings = map(pd.read_csv, tables)
    assert subjects['subject'].tolist() == ['sub01', 'sub02', 'sub03', 'all']
    assert subjects['clips'].iloc[-1] == 15
    assert subjects['happiness clips'][0] == 1 and subjects['epoch'][0] == 2
    assert predictions['subject'].tolist() == ['sub01', 'sub02', 'sub03']
    assert findings['what'].tolist() == ['dropped'] * 3
    assert 'fear is in none' in findings['reason'][0]


def test_a_chosen_epoch_says_so(make_report):
    report = make_report(['sub01'], 'best-uf1')
    assert report.title == ('1 of 3 subjects, the others are missing; epoch '
                            'CHOSEN ON THE TEST SUBJECT by mer/uf1, which '
                            'flatters; generated faces')
    found = report.as_dict()
    assert found['chosen_on_test_subject'] and found['folds_done'] == 1
    assert found['epochs'] == dict(sub01=1)
    _, subjects, predictions, _ = report.write()
    for path in (subjects, predictions):
        column = 'epoch chosen on the test subject by mer/uf1'
        assert pd.read_csv(path)[column][0] == 1


def test_a_class_without_clips(make_report):
    report = make_report(['sub01'], sub01=[[5, 0, 0, 0, 0]] + [[0] * 5] * 4)
    with open(report.write()[0]) as file:
        scores = json.load(file)['scores']
    assert scores['f1_disgust'] is None and scores['f1_happiness'] == 1
