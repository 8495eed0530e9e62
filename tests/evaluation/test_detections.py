# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults, Evaluator
from mmengine.structures import InstanceData

from mmaction_microaction.evaluation import (check_detections,
                                             holds_detections, load_detections)

SEGMENTS = np.array([[0, 1.5], [.25, 4]], np.float32)


def _sample(name='a', **fields):
    instances = dict(
        segments=torch.from_numpy(SEGMENTS),
        labels=torch.tensor([9, 51]),
        scores=torch.tensor([.5, 1.]))
    return dict(clip_name=name, pred_instances={**instances, **fields})


def _write(tmp_path, content):
    path = tmp_path / 'pred.pkl'
    path.write_bytes(pickle.dumps(content))
    return str(path)


def test_dump_of_mmengine(tmp_path):
    path = str(tmp_path / 'pred.pkl')
    samples = []
    for name, count in (('val0001', 2), ('val0000', 0)):
        sample = ActionDataSample(metainfo=dict(clip_name=name))
        instances = _sample()['pred_instances']
        sample.pred_instances = InstanceData(**{
            key: value[:count]
            for key, value in instances.items()
        })
        samples.append(sample)
    evaluator = Evaluator(DumpResults(path))
    evaluator.process(samples)
    evaluator.evaluate(2)
    assert holds_detections(path)
    clips = load_detections(path)
    assert list(clips) == ['val0001', 'val0000']
    found = clips['val0001']
    assert np.array_equal(found.segments, SEGMENTS)
    assert found.labels.dtype == np.int64 and found.labels.tolist() == [9, 51]
    assert found.scores.tolist() == [.5, 1.]
    empty = clips['val0000']
    assert empty.segments.shape == (0, 2) and empty.labels.shape == (0, )


@pytest.mark.parametrize('content', [
    [np.ones(52)],
    np.ones((2, 52)),
    [dict(pred_score=np.ones(52))],
    [],
])
def test_other_files_hold_no_detections(tmp_path, content):
    path = _write(tmp_path, content)
    assert not holds_detections(path)
    with pytest.raises(ValueError, match='expected a list|clip 0 must be'):
        load_detections(path)


@pytest.mark.parametrize('content, text', [
    ([_sample(), _sample('b'), _sample()], "clip 2: 'a' is there twice"),
    ([_sample(), dict(pred_instances={})], 'clip 1 must .* clip_name'),
    ([dict(clip_name='a', pred_instances={})], 'clip 0: .* segments, labels'),
    ([_sample(labels=torch.tensor([9]))], r"clip 0 \('a'\): .* got \(2, 2\)"),
    ([_sample(scores=torch.tensor([.5, float('nan')]))], 'scores must be 0 t'),
])
def test_unfit_content(tmp_path, content, text):
    path = _write(tmp_path, content)
    with pytest.raises(ValueError, match=text) as error:
        load_detections(path)
    assert path in str(error.value)


@pytest.mark.parametrize('change, text', [
    (dict(segments=[[0, np.nan], [0, 1]]), 'NaN'),
    (dict(segments=[[0, np.inf], [0, 1]]), 'infinite'),
    (dict(segments=[[0, 1], [1, .5]]), 'ends before'),
    (dict(segments=[0, 1]), 'shape|expected segments'),
    (dict(labels=[0, 52]), '0 to 51'),
    (dict(labels=[-1, 0]), '0 to 51'),
    (dict(labels=[.5, 0]), 'whole numbers'),
    (dict(scores=[1.01, 0]), '0 to 1'),
    (dict(scores=[-.1, 0]), '0 to 1'),
    (dict(scores=[np.nan, 0]), '0 to 1'),
])
def test_check_refuses(change, text):
    good = dict(segments=[[0, 1], [1, 1]], labels=[0, 51], scores=[0, 1])
    check_detections(**good, where='video a')
    with pytest.raises(ValueError, match=f'video a: .*({text})'):
        check_detections(**{**good, **change}, where='video a')
