# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import os.path as osp
import runpy

import numpy as np
import pytest

from mmaction_microaction.evaluation import ma52_scores
from mmaction_microaction.formats import write_recognition_submission

TOOL = osp.join(osp.dirname(__file__), '../../tools/challenge/evaluate.py')
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 52, 80)
SCORES = RNG.random((80, 52)) + 0.5 * np.eye(52)[LABELS]
NAMES = [f'{index:04}.mp4' for index in range(80)]


@pytest.fixture
def run(tmp_path, monkeypatch):

    def _run(prediction, labels=LABELS, names=NAMES):
        ann_file = tmp_path / 'list.txt'
        ann_file.write_text('\n'.join(f'{name} {label}'
                                      for name, label in zip(names, labels)))
        out = tmp_path / 'scores.json'
        argv = [TOOL, prediction, '--ann-file', ann_file, '--json', out]
        monkeypatch.setattr('sys.argv', [str(arg) for arg in argv])
        runpy.run_path(TOOL, run_name='__main__')
        return json.loads(out.read_text())

    return _run


@pytest.mark.parametrize('body', ['lookup', 'sum'])
@pytest.mark.parametrize('file', ['submission.zip', 'prediction.csv'])
def test_equals_the_metric(tmp_path, run, capsys, body, file):
    write_recognition_submission(str(tmp_path), NAMES, SCORES, body)
    scores = run(tmp_path / file)
    expected = ma52_scores(SCORES, LABELS, body)
    assert scores == {
        f'ma52/{key}': pytest.approx(value)
        for key, value in expected.items()
    }
    printed = capsys.readouterr().out
    assert f"{100 * expected['f1_mean']:.2f}" in printed
    assert 'ma52/f1_mean' in printed


def test_order_of_rows_does_not_matter(tmp_path, run):
    write_recognition_submission(str(tmp_path), NAMES, SCORES)
    expected = run(tmp_path / 'submission.zip')
    assert run(tmp_path / 'submission.zip', LABELS[::-1],
               NAMES[::-1]) == expected


def test_warns_of_dummy_labels(tmp_path, run, capsys):
    write_recognition_submission(str(tmp_path), NAMES, SCORES)
    run(tmp_path / 'submission.zip', [0] * 80)
    assert 'every label of' in capsys.readouterr().err


def test_refuses(tmp_path, run):
    write_recognition_submission(str(tmp_path), NAMES[:-1], SCORES[:-1])
    with pytest.raises(ValueError, match='missing .*0079.mp4'):
        run(tmp_path / 'submission.zip')
    unknown = tmp_path / 'prediction.csv'
    unknown.write_text('a,b\n1,2\n')
    with pytest.raises(ValueError, match="csv:1: unknown header 'a,b'; exp"):
        run(unknown)
    unknown.write_text('')
    with pytest.raises(ValueError, match='unknown header'):
        run(unknown)
