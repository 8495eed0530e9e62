# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From a dump of recognition to a submission and its scores."""
import pickle

import numpy as np
import pytest
import torch

from mmaction_microaction.evaluation import ma52_scores
from mmaction_microaction.formats import (read_recognition_submission,
                                          write_recognition_submission)

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 52, 80)
SCORES = (RNG.random((80, 52)) + 0.5 * np.eye(52)[LABELS]).astype(np.float32)
NAMES = [f'test{index:04}.mp4' for index in range(80)]


@pytest.fixture
def score(tmp_path, evaluate):

    def score(prediction, labels=LABELS, names=NAMES):
        ann_file = tmp_path / 'list.txt'
        ann_file.write_text('\n'.join(f'{name} {label}'
                                      for name, label in zip(names, labels)))
        return evaluate(tmp_path / prediction, ann_file)

    return score


@pytest.mark.parametrize('body, file', [('lookup', 'submission.zip'),
                                        ('sum', 'prediction.csv')])
def test_equals_the_metric(tmp_path, score, body, file):
    write_recognition_submission(str(tmp_path), NAMES, SCORES, body)
    scores, done = score(file)
    expected = ma52_scores(SCORES, LABELS, body)
    assert scores == pytest.approx({
        f'ma52/{key}': value
        for key, value in expected.items()
    })
    assert f"{100 * expected['f1_mean']:.2f}" in done.out
    assert 'ma52/f1_mean' in done.out
    # The order of rows does not matter.
    assert score(file, LABELS[::-1], NAMES[::-1])[0] == scores
    assert 'every label of' in score(file, [0] * 80)[1].err  # dummies


def test_evaluate_refuses(tmp_path, score, one_line):
    for header in ('a,b', ''):
        (tmp_path / 'prediction.csv').write_text(header)
        one_line(
            score('prediction.csv')[1],
            f'csv:1: unknown header {header!r}; exp')


@pytest.fixture
def submit(tmp_path, run_tool):
    # As published: dummy labels, CRLF, no line end after the last line.
    ann_file = tmp_path / 'test_list_videos.txt'
    ann_file.write_bytes('\r\n'.join(f'{name} 0' for name in NAMES).encode())

    def submit(content, *options):
        path, out = tmp_path / 'pred.pkl', tmp_path / 'out'
        path.write_bytes(pickle.dumps(content))
        done = run_tool('challenge/make_submission.py', path, '--ann-file',
                        ann_file, '--out', out, *options)
        file = out / 'submission.zip'
        return file.exists() and read_recognition_submission(str(file)), done

    return submit


SAMPLES = [
    dict(pred_score=torch.from_numpy(score), clip_name=name)
    for score, name in zip(SCORES, NAMES)
]


@pytest.mark.parametrize('content, options', [
    (SCORES.tolist(), ()),
    (SAMPLES[3:] + SAMPLES[:3], ()),
    ([dict(pred_score=dict(fused=score))
      for score in SCORES], ('--score-key', 'fused', '--body', 'sum')),
])
def test_submission(submit, content, options):
    written, done = submit(content, *options)
    assert written.names == NAMES
    assert np.array_equal(written.actions, np.argsort(-SCORES)[:, :5])
    assert '80 clips, checked' in done.out
    # Only the look-up repeats a body part.
    assert all(len(set(row)) == 5 for row in written.bodies) == bool(options)


def test_submission_refuses(submit, one_line):
    one_line(submit(SCORES[:5])[1], '5 predictions, but ')
