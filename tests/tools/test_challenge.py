# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From dumps of both tasks to submissions and their scores."""
import json
import pickle
import zipfile

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
BODIES = RNG.random((80, 7)).astype(np.float32)
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
    assert 'may reject it' not in done.err
    with zipfile.ZipFile(tmp_path / 'mac.zip', 'w') as archive:
        archive.write(tmp_path / 'prediction.csv', 'a/prediction.csv')
        archive.writestr('__MACOSX/._prediction.csv', 'x')
    again, done = score(write_list(tmp_path, LABELS), file='mac.zip')
    assert again == scores and 'may reject it' in done.err


@pytest.mark.parametrize('content, options', [
    (SCORES.tolist(), ()),
    (SAMPLES[3:] + SAMPLES[:3], ()),
    ([dict(pred_score=dict(fused=score))
      for score in SCORES], ('--score-key', 'fused', '--body', 'sum')),
    ([dict(sample, body_score=body)
      for sample, body in zip(SAMPLES, BODIES)][::-1], ('--body', 'head')),
])
def test_a_submission_of_clips(tmp_path, submit, content, options):
    done = submit(content, write_list(tmp_path, [0] * 80), *options)
    written = read_recognition_submission(str(tmp_path / 'submission.zip'))
    assert written.names == NAMES
    assert np.array_equal(written.actions, np.argsort(-SCORES)[:, :5])
    assert '80 clips, checked' in done.out
    if 'head' in options:
        assert np.array_equal(written.bodies, np.argsort(-BODIES)[:, :5])
    # Only the look-up repeats a body part.
    assert all(len(set(row)) == 5 for row in written.bodies) == bool(options)


def test_what_is_refused(tmp_path, submit, score, one_line):
    path = write_list(tmp_path, LABELS)
    one_line(submit(SCORES[:5], path), '5 predictions, but ')
    one_line(submit(SAMPLES, path, '--body', 'head'), 'has no body_score')
    for header in ('a,b', ''):
        (tmp_path / 'prediction.csv').write_text(header)
        _, done = score(path, file='prediction.csv')
        one_line(done, f'csv:1: unknown header {header!r}; exp')


def test_bad_rows_are_named_or_skipped(tmp_path, score, one_line):
    write_recognition_submission(str(tmp_path), NAMES, SCORES)
    table, path = tmp_path / 'prediction.csv', write_list(tmp_path, LABELS)
    rows = table.read_text().splitlines()
    rows[3] = rows[3].replace(',', ',52,', 1)
    rows[7] = 'other.mp4' + rows[7][12:]
    table.write_text('\n'.join(rows))
    one_line(score(path, file=table)[1], 'csv:4: expected 11 columns, but')
    _, done = score(path, '--skip-bad-rows', file=table)
    assert done.code == 1 and '2 bad rows were omitted: ' in done.err
    assert 'csv:4: ' in done.err and "'other.mp4' is not in" in done.err
    scores = json.loads((tmp_path / 'scores.json').read_text())
    assert scores.pop('skipped_rows') == 2
    kept = [i for i in range(80) if i not in (2, 6)]
    for key, value in ma52_scores(SCORES[kept], LABELS[kept]).items():
        assert scores[f'ma52/{key}'] == pytest.approx(value)
    # Clips without any row stay an error.
    table.write_text('\n'.join(rows[:-1]))
    one_line(
        score(path, '--skip-bad-rows', file=table)[1],
        '3 clips are missing (first: test0002')


@pytest.mark.parametrize('name, label, options, code, text', [
    ('test{:04}.mp4', 0, (), 0, '5586 clips, checked (the test split)'),
    ('0003_01_{:04}.mp4', 1, (), 0, '(the val split)'),
    ('0003_01_{:04}.mp4', 0, (), 2, 'no labels, which two'),
    ('0003_01_{:04}.mp4', 0, ('--split', 'test'), 0, '(the test split)'),
    ('test{:04}.mp4', 0,
     ('--split', 'val'), 2, 'has names and labels of test'),
])
def test_which_official_list(tmp_path, submit, name, label, options, code,
                             text):
    names = list(map(name.format, range(5586)))
    path = write_list(tmp_path, [label] * len(names), names)
    done = submit(np.tile(SCORES, (70, 1))[:5586], path, *options)
    assert done.code == code and text in done.out + done.err


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


def test_files_of_opentad(tmp_path, score, one_line):
    rows = [dict(label='9', segment=[1, 2])]
    videos = {
        name: dict(subset=subset, duration=9, annotations=rows)
        for name, subset in (('a', 'training'), ('b', 'validation'))
    }
    path, results = tmp_path / 'anno.json', tmp_path / 'result.json'
    path.write_text(json.dumps(dict(database=videos)))
    results.write_text(
        json.dumps(dict(results=dict(b=[dict(**rows[0], score=.9)]))))
    options = '--flavour', 'opentad', '--split', 'validation'
    scores, _ = score(path, *options, file=results)
    assert scores['mma52/action_mAP'] == 1
    one_line(
        score(path, file=results)[1],
        'subsets by --split: training, validation')
