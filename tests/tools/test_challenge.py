# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From dumps of both tasks to submissions and their scores."""
import json
import pickle

import numpy as np
import pytest
import torch

from mmaction_microaction.datasets import read_mma52
from mmaction_microaction.evaluation import ma52_scores
from mmaction_microaction.formats import (read_detection_submission,
                                          read_recognition_submission,
                                          write_recognition_submission)

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 52, 80)
SCORES = (RNG.random((80, 52)) + 0.5 * np.eye(52)[LABELS]).astype(np.float32)
NAMES = [f'test{index:04}.mp4' for index in range(80)]
SAMPLES = [
    dict(pred_score=torch.from_numpy(score), clip_name=name)
    for score, name in zip(SCORES, NAMES)
]


@pytest.fixture
def submit(tmp_path, run_tool):
    """A function that packs predictions for the clips of a list."""

    def submit(content, ann_file, *options):
        path = tmp_path / 'pred.pkl'
        path.write_bytes(pickle.dumps(content))
        return run_tool('challenge/make_submission.py', path, '--ann-file',
                        ann_file, '--out', tmp_path, *options)

    return submit


@pytest.fixture
def score(tmp_path, run_tool):
    """A function that scores a submission against a list: the scores or None,
    and what the tool has said."""

    def score(ann_file, *options, file='submission.zip'):
        out = tmp_path / 'scores.json'
        done = run_tool('challenge/evaluate.py', tmp_path / file, '--ann-file',
                        ann_file, '--json', out, *options)
        return json.loads(out.read_text()) if done.code == 0 else None, done

    return score


def write_list(folder, labels, names=NAMES):
    """As published: with CRLF, but not at the end."""
    lines = (f'{name} {label}' for name, label in zip(names, labels))
    (folder / 'list.txt').write_bytes('\r\n'.join(lines).encode())
    return folder / 'list.txt'


@pytest.mark.parametrize('body, file', [('lookup', 'submission.zip'),
                                        ('sum', 'prediction.csv')])
def test_clips_are_scored_as_by_the_metric(tmp_path, score, body, file):
    write_recognition_submission(str(tmp_path), NAMES, SCORES, body)
    scores, done = score(write_list(tmp_path, LABELS), file=file)
    expected = ma52_scores(SCORES, LABELS, body)
    assert scores == pytest.approx({
        f'ma52/{key}': value
        for key, value in expected.items()
    })
    assert 'ma52/f1_mean' in done.out
    assert f"{100 * expected['f1_mean']:.2f}" in done.out
    # The order of rows does not matter.
    assert score(
        write_list(tmp_path, LABELS[::-1], NAMES[::-1]),
        file=file)[0] == scores
    assert 'every label of' in score(
        write_list(tmp_path, [0] * 80), file=file)[1].err


@pytest.mark.parametrize('content, options', [
    (SCORES.tolist(), ()),
    (SAMPLES[3:] + SAMPLES[:3], ()),
    ([dict(pred_score=dict(fused=score))
      for score in SCORES], ('--score-key', 'fused', '--body', 'sum')),
])
def test_a_submission_of_clips(tmp_path, submit, content, options):
    done = submit(content, write_list(tmp_path, [0] * 80), *options)
    written = read_recognition_submission(str(tmp_path / 'submission.zip'))
    assert written.names == NAMES
    assert np.array_equal(written.actions, np.argsort(-SCORES)[:, :5])
    assert '80 clips, checked' in done.out
    # Only the look-up repeats a body part.
    assert all(len(set(row)) == 5 for row in written.bodies) == bool(options)


def test_what_is_refused(tmp_path, submit, score, one_line):
    path = write_list(tmp_path, LABELS)
    one_line(submit(SCORES[:5], path), '5 predictions, but ')
    for header in ('a,b', ''):
        (tmp_path / 'prediction.csv').write_text(header)
        _, done = score(path, file='prediction.csv')
        one_line(done, f'csv:1: unknown header {header!r}; exp')


def detected(record, keep=None):
    """A perfect prediction."""
    return dict(
        clip_name=record.video_id,
        pred_instances=dict(
            segments=torch.from_numpy(record.segments[:keep]).float(),
            labels=torch.from_numpy(record.labels[:keep]),
            scores=torch.linspace(1, .5, len(record.labels))[:keep]))


def test_perfect_detections(mma52_root, submit, score, tmp_path):
    dummy, labels = f'{mma52_root}/test.csv', f'{mma52_root}/test_labels.csv'
    records = read_mma52(labels)
    done = submit([detected(r) for r in records[::-1]], dummy)
    assert 'in 2 videos (0 without any), checked' in done.out
    assert list(read_detection_submission(str(
        tmp_path / 'submission.zip'))) == ['test0000', 'test0001']
    scores, done = score(labels, '--flavour', 'opentad')
    levels, at = ('action', 'body'), ['', *(f'@0.{x}' for x in range(1, 10))]
    names = [f'mma52/{level}_mAP{x}' for level in levels for x in at]
    assert scores == pytest.approx(dict.fromkeys(names, 1.))
    assert 'mma52/action_mAP@0.5' in done.out
    # The baseline's mean counts the absent classes as 0.
    classes = {x.label for record in records for x in record.instances}
    scores, _ = score(labels)
    assert scores['mma52/action_mAP@0.9'] == pytest.approx(len(classes) / 52)
    # One and the same csv may lie in a zip or not.
    assert score(labels, file='prediction.csv')[0] == scores
    assert 'dummies' in score(dummy)[1].err


def test_videos_without_detections_count_as_missed(tmp_path, submit, score):
    path = tmp_path / 'val.csv'
    path.write_text('id,video_id,start_frame,end_frame,class,total_frames,fps'
                    '\n0,a,30,150,9,300,30.0\n1,b,30,150,9,300,30.0\n')
    one, two = read_mma52(str(path))
    done = submit([detected(one), detected(two, keep=0)], path)
    assert 'in 2 videos (1 without any)' in done.out
    scores, done = score(path, '--flavour', 'opentad')
    assert scores['mma52/action_mAP'] == pytest.approx(.5)
    assert '1 of 2 videos have no detection' in done.err
