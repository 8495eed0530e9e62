# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from benchmarks import skeletons
from mmaction_microaction.pose import check_entry


def test_poses_are_as_those_of_ma52():
    entries = skeletons.make_poses(52)
    assert not [x for x in entries if check_entry(x)]
    assert {x['label'] for x in entries} == set(range(52))
    assert {x['total_frames'] for x in entries} <= set(range(45, 76))
    moved = np.abs(np.diff(entries[0]['keypoint'], axis=1))
    assert 0 < moved.mean() < 5  # pixels


def test_table(repo, capsys):
    config = f'{repo}/configs/stgcnpp_ma52sample.py'
    assert not skeletons.main(
        [config, '--clips', '10', '--batch', '2', '--rounds', '1'])
    header, _, row = capsys.readouterr().out.strip().splitlines()[-3:]
    assert header.startswith('| config | loading, CPU ms per clip |')
    name, load, train, epoch, _, share = row.strip('| ').split(' | ')
    assert name == 'stgcnpp_ma52sample.py'
    assert 0 < float(load) < float(train)
    assert abs(float(share) - 100 * float(load) / float(train)) < 1
