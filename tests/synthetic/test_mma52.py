# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import DISTINCT_CLASSES, generate_mma52
from mmaction_microaction.taxonomy import MA52

HEADER = 'id,video_id,start_frame,end_frame,class,total_frames,fps'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    options = dict(size=(32, 40), duration=(1., 2.), subjects=(2, 1, 1))
    folder = tmp_path_factory.mktemp('data') / 'mma52'
    return generate_mma52(folder, 3, 2, 2, classes=DISTINCT_CLASSES, **options)


@pytest.mark.parametrize('split, number', dict(train=3, val=2, test=2).items())
def test_annotations_videos_and_truth_agree(root, split, number, check_poses):
    name = 'test_labels' if split == 'test' else split
    lines = (root / f'{name}.csv').read_text().splitlines()
    assert lines[0] == HEADER and lines[1].endswith(',30.0')
    table = pd.read_csv(root / f'{name}.csv')
    assert table.id.tolist() == list(range(len(table)))
    ids = [f'{split}{i:04d}' for i in range(number)]
    assert table.video_id.unique().tolist() == ids
    lengths = check_poses(
        root, split,
        [(i, sorted(set(table['class'][table.video_id == i]))) for i in ids])
    frames = table.video_id.map(dict(zip(ids, lengths)))
    assert (table.total_frames == frames).all() and frames.between(30,
                                                                   60).all()
    assert ((0 <= table.start_frame) & (table.start_frame < table.end_frame) &
            (table.end_frame < frames)).all()
    assert set(table['class']) <= {
        MA52.find(name).index
        for name in DISTINCT_CLASSES
    }


def test_the_test_split_has_dummy_rows(root):
    lines = (root / 'test.csv').read_text().splitlines()
    total = pd.read_csv(root / 'test_labels.csv').groupby('video_id').first()
    assert lines == [HEADER] + [
        f'{i},test{i:04d},0,20,{i},{total.total_frames.iloc[i]},30.0'
        for i in range(2)
    ]


def test_key_points_move_when_the_annotation_says_so(tmp_path):
    """An independent look at the truth: hands rest but for their actions."""
    options = dict(size=(64, 80), duration=(5., 6.), subjects=(3, 1, 1))
    out = generate_mma52(
        tmp_path / 'mma52', 6, 1, 1, classes=['waving'], **options)
    table = pd.read_csv(out / 'train.csv')
    for pose in pickle.loads((out / 'pose_train.pkl').read_bytes()):
        wrists = pose['keypoint'][0, :, [4, 7]].astype(float)
        moved = np.abs(wrists - np.median(wrists, 1, keepdims=True))
        moved = moved.max((0, 2)) > 8
        inside = np.zeros(len(moved), bool)
        for row in table[table.video_id == pose['frame_dir']].itertuples():
            inside[row.start_frame:row.end_frame + 1] = True
            assert moved[row.start_frame:row.end_frame + 1].any() \
                or inside.mean() > .5
        if inside.mean() < .5:
            assert not moved[~inside].any()
