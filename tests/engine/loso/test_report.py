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
        report = LosoReport(run, rule)
        path, *tables = report.write(str(tmp_path))
        with open(path) as file:
            return report, json.load(file), *map(pd.read_csv, tables)

    return make


def test_scores_are_of_all_clips_together(make_report):
    hits = np.eye(5, dtype=int)[np.random.default_rng(0).integers(5, size=15)]
    names = ['sub01', 'sub02', 'sub03']
    report, found, subjects, predictions, findings = make_report(
        **dict(zip(names,
                   hits.reshape(3, 5, 5).tolist())))
    labels, guesses = np.indices((5, 5)).reshape(2, 25).repeat(
        np.ravel(report.counts['confusion']), axis=1)
    assert len(labels) == 15  # as many as the data set has
    assert found['scores'] == report.scores
    assert report.scores['uf1'] == pytest.approx(
        f1_score(labels, guesses, average='macro'))
    assert report.scores['uar'] == pytest.approx(
        recall_score(labels, guesses, average='macro'))
    assert found['generated_data'] and not found['chosen_on_test_subject']
    assert found['folds_done'] == found['subjects'] == 3
    assert subjects.subject.tolist() == [*names, 'all']
    assert subjects.epoch[:3].tolist() == [2, 2, 2]
    assert subjects.clips.tolist() == [5, 5, 5, 15]
    assert subjects.correct[3] == subjects.correct[:3].sum()
    assert subjects.accuracy[3] == round(report.scores['accuracy'], 4)
    assert subjects.iloc[3, 6::2].tolist() == [3] * 5  # of each class
    assert subjects['happiness clips'][0] == 1
    assert predictions['subject'].tolist() == names
    assert findings['what'].tolist() == ['dropped'] * 3
    assert 'fear is in none' in findings['reason'][0]


def test_a_chosen_epoch_says_so(make_report):
    """In a report of one subject, who has clips of one class alone."""
    report, found, subjects, predictions, _ = make_report(
        ['sub01'], 'best-uf1', sub01=[[5, 0, 0, 0, 0]] + [[0] * 5] * 4)
    assert report.title == ('1 of 3 subjects, the others are missing; epoch '
                            'CHOSEN ON THE TEST SUBJECT by mer/uf1, which '
                            'flatters; generated faces')
    assert found['chosen_on_test_subject'] and found['folds_done'] == 1
    assert found['epochs'] == dict(sub01=1)
    for table in (subjects, predictions):
        column = 'epoch chosen on the test subject by mer/uf1'
        assert table[column][0] == 1
    scores = found['scores']
    assert scores['f1_disgust'] is None and scores['f1_happiness'] == 1
