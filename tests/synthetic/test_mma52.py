# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import decord
import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import DISTINCT_CLASSES, generate_mma52
from mmaction_microaction.taxonomy import MA52

HEADER = 'id,video_id,start_frame,end_frame,class,total_frames,fps'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return generate_mma52(
        tmp_path_factory.mktemp('data') / 'mma52',
        3,
        2,
        2,
        size=(32, 40),
        duration=(1., 2.),
        classes=DISTINCT_CLASSES,
        subjects=(2, 1, 1))


@pytest.mark.parametrize('split, number', dict(train=3, val=2, test=2).items())
def test_annotations_videos_and_truth_agree(root, split, number):
    name = 'test_labels' if split == 'test' else split
    lines = (root / f'{name}.csv').read_text().splitlines()
    assert lines[0] == HEADER and lines[1].endswith(',30.0')
    table = pd.read_csv(root / f'{name}.csv')
    assert table.id.tolist() == list(range(len(table)))
    ids = [f'{split}{i:04d}' for i in range(number)]
    assert table.video_id.unique().tolist() == ids
    files = {p.name for p in (root / f'videos_{split}').iterdir()}
    assert files == {f'{i}.mp4' for i in ids}
    poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
    for video_id, pose in zip(ids, poses):
        video = decord.VideoReader(
            str(root / f'videos_{split}' / f'{video_id}.mp4'))
        rows = table[table.video_id == video_id]
        assert set(rows.total_frames) == {len(video)}
        assert 30 <= len(video) <= 60
        assert ((0 <= rows.start_frame) & (rows.start_frame < rows.end_frame) &
                (rows.end_frame < len(video))).all()
        assert set(rows['class']) <= {
            MA52.find(name).index
            for name in DISTINCT_CLASSES
        }
        assert pose['frame_dir'] == video_id
        assert pose['label'] == sorted(set(rows['class']))
        assert pose['img_shape'] == video[0].shape[:2] == (40, 32)
        assert pose['total_frames'] == len(video)
        assert pose['keypoint'].shape == (1, len(video), 28, 2)
        assert pose['keypoint_score'].shape == (1, len(video), 28)


def test_the_test_split_has_dummy_rows(root):
    lines = (root / 'test.csv').read_text().splitlines()
    total = pd.read_csv(root / 'test_labels.csv').groupby('video_id').first()
    assert lines == [HEADER] + [
        f'{i},test{i:04d},0,20,{i},{total.total_frames.iloc[i]},30.0'
        for i in range(2)
    ]


def test_key_points_move_when_the_annotation_says_so(tmp_path):
    """An independent look at the truth: hands rest but for their actions."""
    out = generate_mma52(
        tmp_path / 'mma52',
        6,
        1,
        1,
        size=(64, 80),
        duration=(5., 6.),
        classes=['waving'],
        subjects=(3, 1, 1))
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
