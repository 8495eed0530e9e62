# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults
from mmengine.structures import InstanceData

from mmaction_microaction.evaluation import (holds_detections, load_detections,
                                             load_predictions, match_names)

SEGMENTS = np.array([[0, 1.5], [.25, 4]], np.float32)
SCORES = np.random.default_rng(0).random((3, 52)).astype(np.float32)
TENSORS = list(torch.from_numpy(SCORES))


@pytest.fixture
def write(tmp_path):
    path = tmp_path / 'pred.pkl'

    def write(content):
        path.write_bytes(pickle.dumps(content))
        return str(path)

    return write


def _samples(**fields):
    return [
        dict(pred_score=score, **dict(zip(fields, values)))
        for score, *values in zip(TENSORS, *fields.values())
    ]


@pytest.mark.parametrize('fields, names, labels', [
    ({}, None, None),
    (dict(gt_label=torch.tensor([[4], [0], [51]]),
          filename=['/a', 'b', 'c']), ['/a', 'b', 'c'], [4, 0, 51]),
    (dict(filename='xxx', clip_name='abc'), ['a', 'b', 'c'], None),
])
def test_dump_of_mmengine(tmp_path, fields, names, labels):
    path = str(tmp_path / 'pred.pkl')
    metric = DumpResults(path)
    metric.process(None, _samples(**fields))
    metric.evaluate(3)
    found = load_predictions(path)
    assert np.array_equal(found.scores, SCORES) and found.names == names
    assert (None if labels is None else found.labels.tolist()) == labels


def test_dict_of_scores(write):
    path = write([dict(pred_score=dict(rgb=s, pose=-1)) for s in TENSORS])
    assert np.array_equal(load_predictions(path, 'rgb').scores, SCORES)
    with pytest.raises(ValueError, match=r"clip 0 .*\['pose', 'rgb'\]"):
        load_predictions(path)


PLAIN = SCORES, TENSORS, list(SCORES), SCORES.tolist(), torch.tensor(SCORES)


@pytest.mark.parametrize('content', PLAIN)
def test_plain_vectors(write, content):
    names, scores, labels, bodies = load_predictions(write(content))
    assert np.array_equal(scores, SCORES) and scores.dtype == np.float32
    assert names is labels is bodies is None


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
    (pytest.raises, 'is no pickle of predictions .* refused .*raises'),
])
def test_unfit_content(write, content, text):
    path = write(content)
    with pytest.raises(ValueError, match=f'^{path}.*{text}'):
        load_predictions(path)


@pytest.mark.parametrize('read', [load_predictions, load_detections])
def test_no_pickle(tmp_path, read):
    path = tmp_path / 'pred.pkl'
    with pytest.raises(FileNotFoundError):
        read(str(path))
    path.write_text('vid,action_pred_1')
    with pytest.raises(ValueError, match='pred.pkl is no pickle of predic'):
        read(str(path))


def test_match_names():
    found = ['/data/val/b.mp4', 'a.mp4', 'x\\sub\\a.mp4']
    wanted = ['a.mp4', 'b.mp4', 'sub/a.mp4']
    assert match_names(found, wanted, 'p') == [1, 0, 2]
    for names, text in (
        (['a.mp4', 'x\\sub\\a.mp4'], r'1 clips are missing .*b.mp4\)'),
        ([*found, 'A.mp4'], r'1 clips are not in the list .*A.mp4'),
        ([*found, 'x/a.mp4'], r'1 clips are there twice .*x/a.mp4'),
    ):
        with pytest.raises(ValueError, match=text):
            match_names(names, wanted, 'pred.pkl')


def _sample(name='a', **fields):
    instances = dict(
        segments=torch.from_numpy(SEGMENTS),
        labels=torch.tensor([9, 51]),
        scores=torch.tensor([.5, 1.]))
    return dict(clip_name=name, pred_instances={**instances, **fields})


def test_detections_that_mmengine_dumps(tmp_path, five):
    path = str(tmp_path / 'pred.pkl')
    metric = DumpResults(path)
    for name, count in (('val0001', 2), ('val0000', 0)):
        sample = ActionDataSample(metainfo=dict(clip_name=name))
        instances = InstanceData(**_sample()['pred_instances'])
        sample.pred_instances = instances[:count]
        metric.process(None, [sample.to_dict()])
    metric.evaluate(2)
    assert holds_detections(path)
    clips = load_detections(path)
    assert list(clips) == ['val0001', 'val0000']
    found, empty = clips.values()
    assert [x.tolist() for x in found] == [SEGMENTS.tolist(), [9, 51], [.5, 1]]
    assert [x.shape for x in empty] == [(0, 2), (0, ), (0, )]
    for clip in (found, empty):
        assert [x.dtype for x in clip] == ['float64', 'int64', 'float64']
    with pytest.raises(ValueError, match='integers from 0 to 4'):
        load_detections(path, five)


OTHERS = [np.ones(52)], np.ones((2, 52)), [dict(pred_score=np.ones(52))], []


@pytest.mark.parametrize('content', OTHERS)
def test_other_files_hold_no_detections(write, content):
    path = write(content)
    assert not holds_detections(path)
    with pytest.raises(ValueError, match='expected a list|clip 0 must be'):
        load_detections(path)


@pytest.mark.parametrize('content, text', [
    ([_sample(), _sample('b'), _sample()], "clip 2: 'a' is there twice"),
    ([_sample(), dict(pred_instances={})], 'clip 1 must .* clip_name'),
    ([dict(clip_name='a', pred_instances={})], 'clip 0 .* segments, labels'),
    ([_sample(labels=torch.tensor([9]))], r"clip 0 \('a'\): .* \(2, 2\), \("),
    ([_sample(scores=torch.tensor([.5, float('nan')]))], '.*scores must be f'),
    ([_sample(scores=[1.01, 0])], '.*scores must be 0 to 1'),
    ([_sample(scores=[-.1, 0])], '.*scores must be 0 to 1'),
    ([_sample(labels=[.5, 0])], '.*labels must be integers'),
    ([_sample(segments=[[0, 1], [1, .5]])], '.*the end must come after'),
])
def test_unfit_detections(write, content, text):
    path = write(content)
    with pytest.raises(ValueError, match=f'^{path}: {text}'):
        load_detections(path)
