# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pytest
import torch
from mmengine.evaluator import DumpResults

from mmaction_microaction.evaluation.predictions import (load_predictions,
                                                         match_names,
                                                         pick_score, to_array)

SCORES = np.random.default_rng(0).random((3, 52)).astype(np.float32)


def _write(tmp_path, content):
    path = tmp_path / 'pred.pkl'
    path.write_bytes(pickle.dumps(content))
    return str(path)


def _dump(tmp_path, **fields):
    """What mmengine itself writes."""
    path = str(tmp_path / 'pred.pkl')
    metric = DumpResults(path)
    samples = [
        dict(pred_score=torch.from_numpy(score), img_shape=(224, 224))
        for score in SCORES
    ]
    for key, values in fields.items():
        for sample, value in zip(samples, values):
            sample[key] = value
    metric.process(None, samples)
    metric.evaluate(len(samples))
    return path


def test_dump_of_mmengine(tmp_path):
    bare = load_predictions(_dump(tmp_path))
    assert np.array_equal(bare.scores, SCORES)
    assert bare.scores.dtype == np.float32
    assert bare.names is None and bare.labels is None
    path = _dump(
        tmp_path,
        gt_label=torch.tensor([[4], [0], [51]]),
        filename=['/data/a.mp4', '/data/b.mp4', '/data/c.mp4'])
    full = load_predictions(path)
    assert full.labels.tolist() == [4, 0, 51]
    assert full.names == ['/data/a.mp4', '/data/b.mp4', '/data/c.mp4']
    path = _dump(tmp_path, filename=['x'] * 3, clip_name=['a', 'b', 'c'])
    assert load_predictions(path).names == ['a', 'b', 'c']


def test_dict_of_scores(tmp_path):
    pred_score = [dict(rgb=torch.from_numpy(s), pose=-1) for s in SCORES]
    path = _dump(tmp_path, pred_score=pred_score)
    assert np.array_equal(load_predictions(path, 'rgb').scores, SCORES)
    with pytest.raises(ValueError, match=r"clip 0 .*\['pose', 'rgb'\]"):
        load_predictions(path)


@pytest.mark.parametrize('content', [
    SCORES,
    torch.from_numpy(SCORES),
    list(SCORES),
    SCORES.tolist(),
    [torch.from_numpy(score) for score in SCORES],
])
def test_plain_vectors(tmp_path, content):
    names, scores, labels = load_predictions(_write(tmp_path, content))
    assert np.array_equal(scores, SCORES) and scores.dtype == np.float32
    assert names is None and labels is None


GOOD = dict(pred_score=SCORES[0])


@pytest.mark.parametrize('content, text', [
    ([], 'holds no predictions'),
    (dict(a=1), 'expected a list of predictions, but got dict'),
    (np.array(1.0), 'expected a list'),
    ([1.0, 2.0], 'one vector of scores per clip'),
    ([[1.0, 2.0], [1.0]], 'same length'),
    (['nodding'], 'vectors of scores'),
    ([GOOD, [1.0]], '1 of 2 clips are data samples'),
    ([GOOD, dict(gt_label=0)], 'clip 1 has no pred_score'),
    ([GOOD, dict(GOOD, clip_name='a')], 'only 1 of 2 clips have clip_name'),
    ([dict(GOOD, gt_label=torch.ones(52))], 'one label each'),
])
def test_unfit_content(tmp_path, content, text):
    path = _write(tmp_path, content)
    with pytest.raises(ValueError, match=text) as error:
        load_predictions(path)
    assert path in str(error.value)


def test_no_pickle(tmp_path):
    path = tmp_path / 'pred.pkl'
    path.write_text('vid,action_pred_1')
    with pytest.raises(ValueError, match='pred.pkl is no pickle of predic'):
        load_predictions(str(path))
    path.write_bytes(pickle.dumps(pytest.raises))
    with pytest.raises(ValueError, match='refused .*raises'):
        load_predictions(str(path))
    with pytest.raises(FileNotFoundError):
        load_predictions(str(tmp_path / 'other.pkl'))


def test_pick_score_and_to_array():
    assert pick_score(dict(pred_score=3), None, 'a clip') == 3
    half = torch.tensor([0.5, 1.0], dtype=torch.bfloat16, requires_grad=True)
    array = to_array(half)
    assert array.dtype == np.float32 and array.tolist() == [0.5, 1.0]


def test_match_names():
    found = ['/data/val/b.mp4', 'a.mp4', 'x\\sub\\a.mp4']
    assert match_names(found, ['a.mp4', 'b.mp4', 'sub/a.mp4'],
                       'p') == [1, 0, 2]


@pytest.mark.parametrize('found, text', [
    (['a.mp4'], r'1 clips are missing \(first: b.mp4\)'),
    (['a.mp4', 'b.mp4', 'A.mp4'], r'1 clips are not in the list .*A.mp4'),
    (['a.mp4', 'b.mp4', 'x/a.mp4'], r'1 clips are there twice .*x/a.mp4'),
])
def test_match_names_refuses(found, text):
    with pytest.raises(ValueError, match=text):
        match_names(found, ['a.mp4', 'b.mp4'], 'pred.pkl')
