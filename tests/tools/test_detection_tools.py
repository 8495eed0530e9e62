# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From a dump of detections to a submission and its scores."""
import pickle

import pytest
import torch

from mmaction_microaction.datasets import read_mma52
from mmaction_microaction.formats import read_detection_submission

HEADER = 'id,video_id,start_frame,end_frame,class,total_frames,fps'


def _sample(record, keep=None):
    """A perfect prediction."""
    return dict(
        clip_name=record.video_id,
        pred_instances=dict(
            segments=torch.from_numpy(record.segments[:keep]).float(),
            labels=torch.from_numpy(record.labels[:keep]),
            scores=torch.linspace(1, .5, len(record.labels))[:keep]))


@pytest.fixture
def submit(tmp_path, run_tool):

    def submit(samples, ann_file):
        (tmp_path / 'pred.pkl').write_bytes(pickle.dumps(samples))
        return run_tool('challenge/make_submission.py', tmp_path / 'pred.pkl',
                        '--ann-file', ann_file, '--out', tmp_path)

    return submit


@pytest.fixture
def score(tmp_path, evaluate):
    return lambda ann_file, *options, file='submission.zip': evaluate(
        tmp_path / file, ann_file, *options)


def test_oracle(mma52_root, submit, score, tmp_path):
    dummy, labels = f'{mma52_root}/test.csv', f'{mma52_root}/test_labels.csv'
    records = read_mma52(labels)
    done = submit([_sample(r) for r in records[::-1]], dummy)
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
    path.write_text(f'{HEADER}\n0,a,30,150,9,300,30.0\n'
                    '1,b,30,150,9,300,30.0\n')
    one, two = read_mma52(str(path))
    done = submit([_sample(one), _sample(two, keep=0)], path)
    assert 'in 2 videos (1 without any)' in done.out
    scores, done = score(path, '--flavour', 'opentad')
    assert scores['mma52/action_mAP'] == pytest.approx(.5)
    assert '1 of 2 videos have no detection' in done.err
