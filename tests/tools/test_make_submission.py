# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp
import pickle
import runpy

import numpy as np
import pytest
import torch

from mmaction_microaction.formats import read_recognition_submission

TOOL = osp.join(
    osp.dirname(__file__), '../../tools/challenge/make_submission.py')
NAMES = [f'test{index:04}.mp4' for index in range(6)]
SCORES = np.random.default_rng(0).random((6, 52)).astype(np.float32)


@pytest.fixture
def run(tmp_path, monkeypatch):
    ann_file = tmp_path / 'test_list_videos.txt'
    # As published: dummy labels, CRLF, no line end after the last line.
    ann_file.write_bytes('\r\n'.join(f'{name} 0' for name in NAMES).encode())

    def _run(content, *options):
        path = tmp_path / 'pred.pkl'
        path.write_bytes(pickle.dumps(content))
        argv = [TOOL, path, '--ann-file', ann_file, '--out', tmp_path / 'out']
        monkeypatch.setattr('sys.argv', [str(a) for a in (*argv, *options)])
        runpy.run_path(TOOL, run_name='__main__')
        return read_recognition_submission(
            str(tmp_path / 'out' / 'submission.zip'))

    return _run


def _samples(names):
    return [
        dict(pred_score=torch.from_numpy(SCORES[NAMES.index(name)]),
             clip_name=name) for name in names
    ]  # yapf: disable


def test_plain_list_in_list_order(run, capsys):
    written = run(SCORES.tolist())
    assert written.names == NAMES
    assert np.array_equal(written.actions, np.argsort(-SCORES)[:, :5])
    assert '6 clips, checked' in capsys.readouterr().out


def test_named_predictions_are_matched(run):
    shuffled = run(_samples(NAMES[3:] + NAMES[:3]))
    in_order = run(list(SCORES))
    assert shuffled.names == NAMES
    assert np.array_equal(shuffled.actions, in_order.actions)


def test_options(run):
    samples = [dict(pred_score=dict(fused=score)) for score in SCORES]
    written = run(samples, '--score-key', 'fused', '--body', 'sum')
    # Only the look-up repeats a body part.
    assert all(len(set(row)) == 5 for row in written.bodies.tolist())


@pytest.mark.parametrize('content, text', [
    (SCORES[:5], '5 predictions, but .* lists 6 clips'),
    (SCORES[:, :7], r'\(6, 52\), but got \(6, 7\)'),
    (_samples(NAMES[1:]), 'missing .*test0000.mp4'),
    (_samples(NAMES + NAMES[:1]), 'twice .*test0000.mp4'),
])
def test_refuses(run, content, text):
    with pytest.raises(ValueError, match=text):
        run(content)
