# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import pickle

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults, Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData

from mmaction_microaction.evaluation import (MicroActionDetectionMetric,
                                             detection_ap, detection_scores)
from mmaction_microaction.taxonomy import MA52


def _random(num_clips=30, num_classes=52):
    rng = np.random.default_rng(0)
    truth, found = {}, {}
    for number in range(num_clips):
        start = rng.integers(0, 20, 3) / 2
        segments = np.stack([start, start + rng.integers(1, 9, 3) / 2], axis=1)
        labels = rng.integers(0, num_classes, 3)
        more = rng.integers(0, 3, 8)
        truth[f'{number:04}'] = (segments, labels)
        found[f'{number:04}'] = (np.sort(
            segments[more] + rng.normal(0, 0.3, (8, 2)),
            axis=1), labels[more], np.round(rng.random(8), 1))
    return truth, found


def _instances(columns):
    names = ('segments', 'labels', 'scores')
    return InstanceData(**{
        name: torch.tensor(c)
        for name, c in zip(names, columns)
    })


def _samples(truth, found, with_truth=True):
    samples = []
    for name in truth:
        sample = ActionDataSample(metainfo=dict(clip_name=name))
        sample.pred_instances = _instances(found[name])
        if with_truth:
            sample.gt_instances = _instances(truth[name])
        samples.append(sample)
    return samples


def _evaluate(samples, size=None, dataset_meta=None, **kwargs):
    kwargs.setdefault('artifacts', False)
    metric = METRICS.build(dict(type='MicroActionDetectionMetric', **kwargs))
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = dataset_meta
    for start in range(0, len(samples), 4):
        evaluator.process(samples[start:start + 4])
    return evaluator.evaluate(size or len(samples))


@pytest.mark.parametrize('options', [
    dict(),
    dict(flavour='opentad'),
    dict(thresholds=[0.2, 0.5, 0.7]),
])
def test_equals_the_function_under_the_agreed_keys(options):
    truth, found = _random()
    result = _evaluate(_samples(truth, found), **options)
    expected = detection_scores(truth, found, **options)
    assert result == {f'mma52/{k}': v for k, v in expected.items()}
    assert 0 < result['mma52/action_mAP'] < 1
    assert {'mma52/action_mAP@0.5', 'mma52/body_mAP@0.5'} <= set(result)


def test_order_of_clips_and_padding_do_not_matter():
    samples = _samples(*_random())
    expected = _evaluate(samples)
    assert _evaluate(samples[::-1]) == expected
    # What two ranks collect of an odd list: the sampler gave clip 0 again.
    padded = samples + samples[:1]
    assert _evaluate(padded, size=len(samples)) == expected
    assert _evaluate(padded) == expected
    assert _evaluate(samples[:-1]) != expected


def test_two_clips_of_one_name():
    samples = _samples(*_random(3))
    samples[2].set_metainfo(dict(clip_name='0000'))
    with pytest.raises(ValueError, match="two clips are named '0000'"):
        _evaluate(samples)


def test_plain_dicts_objects_and_half_precision():
    truth, found = _random()
    expected = _evaluate(_samples(truth, found))
    keys = ('segments', 'labels', 'scores')
    plain = [
        dict(
            clip_name=name,
            pred_instances=dict(zip(keys, found[name])),
            gt_instances=_instances(truth[name])) for name in truth
    ]
    assert _evaluate(plain) == expected
    for sample in plain:
        rows = sample['pred_instances']
        rows['scores'] = torch.tensor(rows['scores']).bfloat16()
    assert _evaluate(plain) == pytest.approx(expected)


def test_seconds_keep_their_precision():
    """tIoU is just below 0.5; in single precision it would be 0.5."""
    truth = dict(a=(np.array([[0, 2 + 1e-9]]), [9]))
    found = dict(a=([[0., 1.]], [9], [0.5]))
    result = _evaluate(
        _samples(truth, found), thresholds=[0.5], flavour='opentad')
    assert result['mma52/action_mAP'] == 0


def test_subset_of_classes():
    names = ('waving', 'nodding', 'shaking head')
    truth, found = _random(num_classes=3)
    result = _evaluate(
        _samples(truth, found), dataset_meta=dict(classes=names))
    expected = detection_scores(truth, found, taxonomy=MA52.subset(names))
    assert result == {f'mma52/{k}': v for k, v in expected.items()}


def test_without_ground_truth_warns_and_dump_still_works(tmp_path, caplog):
    samples = _samples(*_random(), with_truth=False)
    dump = tmp_path / 'pred.pkl'
    evaluator = Evaluator(
        [MicroActionDetectionMetric(),
         DumpResults(str(dump))])
    evaluator.process(samples)
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    assert evaluator.evaluate(len(samples)) == {}
    logger.removeHandler(caplog.handler)
    assert 'no mma52 scores' in caplog.text
    dumped = pickle.loads(dump.read_bytes())
    assert dumped[3]['clip_name'] == '0003'
    assert dumped[3]['pred_instances']['segments'].shape == (8, 2)


def test_clips_without_predictions_or_instances():
    truth, found = _random()
    truth['0000'] = (np.zeros((0, 2)), np.zeros(0, int))
    found['0001'] = (np.zeros((0, 2)), np.zeros(0, int), np.zeros(0))
    result = _evaluate(_samples(truth, found))
    assert result['mma52/action_mAP'] == detection_scores(truth,
                                                          found)['action_mAP']


def test_tables(tmp_path):
    truth, found = _random()
    ap = detection_ap(truth, found, (0.2, 0.5))
    for _ in range(2):  # the second overwrites the first
        _evaluate(
            _samples(truth, found),
            thresholds=(0.2, 0.5),
            artifacts=True,
            out_dir=str(tmp_path / 'new'))
    files = {path.name for path in (tmp_path / 'new').iterdir()}
    assert files == {'ap_action.csv', 'ap_body.csv'}
    for level, names in (('action', MA52.names), ('body', MA52.groups)):
        with open(tmp_path / 'new' / f'ap_{level}.csv', newline='') as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == [
            'index', 'name', 'instances', 'AP@0.2', 'AP@0.5', 'AP'
        ]
        assert tuple(row['name'] for row in rows) == names
        assert sum(int(row['instances']) for row in rows) == 90
        for row, values in zip(rows, ap[level].T):
            if row['instances'] == '0':
                assert np.isnan(values).all() and row['AP'] == ''
            else:
                assert float(row['AP@0.5']) == values[1]
                assert float(row['AP']) == pytest.approx(values.mean())


@pytest.mark.parametrize('change, text', [
    (dict(segments=[[2., 1.]]), "predictions of video '0000': the end must"),
    (dict(scores=[float('nan')]), "video '0000': scores must be finite"),
    (dict(labels=[52]), "video '0000': labels must be integers from 0 to 51"),
    (dict(scores=None), r"pred_instances of '0000' must .* \['scores'\] are"),
])
def test_bad_predictions(change, text):
    rows = dict(segments=[[0., 1.]], labels=[9], scores=[0.5])
    rows = {k: v for k, v in {**rows, **change}.items() if v is not None}
    sample = dict(
        clip_name='0000',
        pred_instances=rows,
        gt_instances=dict(segments=[[0., 1.]], labels=[9]))
    with pytest.raises(ValueError, match=text):
        _evaluate([sample])


def test_other_bad_input():
    samples = _samples(*_random(3))
    with pytest.raises(ValueError, match='different numbers'):
        MicroActionDetectionMetric(thresholds=[])
    with pytest.raises(ValueError, match="got 'voc'"):
        MicroActionDetectionMetric(flavour='voc')
    with pytest.raises(ValueError, match='no predictions'):
        _evaluate([])
    with pytest.raises(ValueError, match='only 3 of 6 clips have a label'):
        _evaluate(samples + _samples(*_random(3), with_truth=False))
    with pytest.raises(ValueError, match="'0000' has no pred_instances"):
        _evaluate([dict(clip_name='0000')])
    with pytest.raises(ValueError, match="add 'clip_name' to the meta_keys"):
        _evaluate([dict(pred_instances={})])
