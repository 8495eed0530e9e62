# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pandas
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmaction_microaction.evaluation import (MicroActionDetectionMetric,
                                             detection_ap, detection_scores)
from mmaction_microaction.taxonomy import MA52

KIND = 'MicroActionDetectionMetric'
KEYS = ('segments', 'labels', 'scores')


def _random(num_classes=52):
    rng = np.random.default_rng(0)
    truth, found = {}, {}
    for number in range(30):
        start = rng.integers(0, 20, 3) / 2
        segments = np.stack([start, start + rng.integers(1, 9, 3) / 2], axis=1)
        labels = rng.integers(0, num_classes, 3)
        more = rng.integers(0, 3, 8)
        near = np.sort(segments[more] + rng.normal(0, 0.3, (8, 2)), axis=1)
        truth[f'{number:04}'] = (segments, labels)
        found[f'{number:04}'] = near, labels[more], rng.random(8).round(1)
    return truth, found


def _instances(columns):
    return InstanceData(**dict(zip(KEYS, map(torch.tensor, columns))))


def _samples(truth, found):
    return [
        ActionDataSample(
            metainfo=dict(clip_name=name),
            pred_instances=_instances(found[name]),
            gt_instances=_instances(truth[name])) for name in truth
    ]


@pytest.mark.parametrize('options', [
    dict(),
    dict(flavour='opentad'),
    dict(thresholds=[0.2, 0.5, 0.7]),
])
def test_equals_the_function_under_the_agreed_keys(evaluate, label_set,
                                                   options):
    taxonomy, meta, prefix = label_set
    truth, found = _random(taxonomy.num_classes)
    truth['0000'] = (np.zeros((0, 2)), np.zeros(0, int))
    found['0001'] = (np.zeros((0, 2)), np.zeros(0, int), np.zeros(0))
    result = evaluate(KIND, _samples(truth, found), meta, **options)
    expected = detection_scores(truth, found, taxonomy=taxonomy, **options)
    assert result == {f'{prefix}/{k}': v for k, v in expected.items()}
    assert 0 < expected['action_mAP'] < 1
    assert {'action_mAP@0.5', 'body_mAP@0.5'} <= set(expected)


def test_order_of_clips_and_padding_do_not_matter(evaluate):
    samples = _samples(*_random())
    expected = evaluate(KIND, samples)
    assert evaluate(KIND, samples[::-1]) == expected
    # What two ranks collect of an odd list: the sampler gave clip 0 again.
    padded = samples + samples[:1]
    assert evaluate(KIND, padded, size=len(samples)) == expected
    assert evaluate(KIND, padded) == expected
    assert evaluate(KIND, samples[:-1]) != expected


def test_plain_dicts_and_half_precision(evaluate, log):
    truth, found = _random()
    expected = evaluate(KIND, _samples(truth, found))
    plain = [
        dict(
            clip_name=name,
            pred_instances=dict(zip(KEYS, found[name])),
            gt_instances=dict(zip(KEYS, truth[name]))) for name in truth
    ]
    assert evaluate(KIND, plain) == expected
    for sample in plain:
        rows = sample['pred_instances']
        rows['scores'] = torch.tensor(rows['scores']).bfloat16()
    assert evaluate(KIND, plain) == pytest.approx(expected)
    for sample in plain:
        del sample['gt_instances']
    assert evaluate(KIND, plain) == {} and 'no mma52 scores' in log.text


def test_seconds_keep_their_precision(evaluate):
    """tIoU is just below 0.5; in single precision it would be 0.5."""
    truth = dict(a=(np.array([[0, 2 + 1e-9]]), [9]))
    found = dict(a=([[0., 1.]], [9], [0.5]))
    result = evaluate(
        KIND, _samples(truth, found), thresholds=[0.5], flavour='opentad')
    assert result['mma52/action_mAP'] == 0


def test_tables(evaluate, tmp_path):
    truth, found = _random()
    ap = detection_ap(truth, found, (0.2, 0.5))
    options = dict(thresholds=(0.2, 0.5), out_dir=str(tmp_path / 'new'))
    for _ in range(2):  # the second overwrites the first
        evaluate(KIND, _samples(truth, found), **options)
    labels = np.concatenate([x for _, x in truth.values()])
    assert len(list((tmp_path / 'new').iterdir())) == 2
    for level, names, its in (('action', MA52.names, labels),
                              ('body', MA52.groups, MA52.group_index[labels])):
        table = pandas.read_csv(tmp_path / 'new' / f'ap_{level}.csv')
        assert table['name'].tolist() == list(names)
        assert table['instances'].tolist() == [
            sum(its == i) for i in table['index']
        ]
        values = [*ap[level], ap[level].mean(axis=0)]
        np.testing.assert_allclose(table[['AP@0.2', 'AP@0.5', 'AP']].T, values)


ROWS = dict(segments=[[0., 1.]], labels=[9], scores=[0.5])
GOOD = dict(clip_name='0000', pred_instances=ROWS, gt_instances=ROWS)


@pytest.mark.parametrize('samples, text', [
    ([dict(GOOD, pred_instances=dict(ROWS, segments=[[2., 1.]]))
      ], "predictions of video '0000': the end must"),
    ([dict(clip_name='0000')], "pred_instances of '0000' must have .* "
     r"\['segments', 'labels', 'scores'\] are missing"),
    ([dict(pred_instances={})], "add 'clip_name' to the meta_keys"),
    ([GOOD, dict(GOOD, gt_instances=dict(ROWS, labels=[8]))
      ], "two clips are named '0000'"),
])
def test_bad_samples(evaluate, samples, text):
    with pytest.raises(ValueError, match=text):
        evaluate(KIND, samples)


@pytest.mark.parametrize('options, text',
                         [(dict(thresholds=[]), 'different numbers'),
                          (dict(flavour='voc'), "got 'voc'")])
def test_bad_options(options, text):
    with pytest.raises(ValueError, match=text):
        MicroActionDetectionMetric(**options)
