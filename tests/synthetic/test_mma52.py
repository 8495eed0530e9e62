# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import (generate_mma52,
                                            generate_mma52_sessions)

HEADER = 'id,video_id,start_frame,end_frame,class,total_frames,fps'


@pytest.mark.parametrize('split, number', dict(train=4, val=3, test=2).items())
def test_annotations_and_poses_agree(mma52_root, split, number):
    root = Path(mma52_root)
    name = 'test_labels' if split == 'test' else split
    lines = (root / f'{name}.csv').read_text().splitlines()
    assert lines[0] == HEADER and lines[1].endswith(',30.0')
    table = pd.read_csv(root / f'{name}.csv')
    assert table.id.tolist() == list(range(len(table)))
    videos = table.groupby('video_id')
    poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
    assert [pose['frame_dir'] for pose in poses] == [*videos.groups] \
        == [f'{split}{i:04d}' for i in range(number)]
    assert [pose['label'] for pose in poses] \
        == [sorted(set(rows)) for _, rows in videos['class']]
    lengths = [pose['total_frames'] for pose in poses]
    assert (table.total_frames == np.repeat(lengths, videos.size())).all()
    assert table.total_frames.between(60, 90).all()
    assert ((0 <= table.start_frame) & (table.start_frame < table.end_frame) &
            (table.end_frame < table.total_frames)).all()
    if split == 'test':
        assert (root / 'test.csv').read_text() == (
            f'{HEADER}\n0,test0000,0,20,0,{lengths[0]},30.0\n'
            f'1,test0001,0,20,1,{lengths[1]},30.0\n')


def test_key_points_move_when_the_annotation_says_so(tmp_path):
    """An independent look at the truth: hands rest but for their actions."""
    options = dict(size=(64, 80), duration=(5., 6.), subjects=(3, 1, 1))
    out = generate_mma52(
        tmp_path / 'mma52', 6, 1, 1, classes=['waving'], **options)
    table = pd.read_csv(out / 'train.csv')
    assert set(table['class']) == {19}
    for pose in pickle.loads((out / 'pose_train.pkl').read_bytes()):
        wrists = pose['keypoint'][0, :, [4, 7]].astype(float)
        moved = np.abs(wrists - np.median(wrists, 1, keepdims=True))
        moved = moved.max((0, 2)) > 8
        inside = np.zeros(len(moved), bool)
        for row in table[table.video_id == pose['frame_dir']].itertuples():
            span = slice(row.start_frame, row.end_frame + 1)
            inside[span] = True
            assert moved[span].any() or inside.mean() > .5
        assert not moved[~inside].any() or inside.mean() >= .5


def motion(pose):
    """(T,) How far the points of a body have come in half a second, of the
    height of the figure."""
    points = pose['keypoint'][0].astype(float)
    points = points[:, pose['keypoint_score'][0].all(axis=0)]
    moved = np.linalg.norm(points[15:] - points[:-15], axis=-1).max(axis=1)
    return moved / np.ptp(points[..., 1])


def test_a_session_is_mostly_rest_but_never_still(tmp_path):
    root = generate_mma52_sessions(
        tmp_path / 's',
        2,
        1,
        1,
        2,
        duration=(40, 50),
        rate=(6, 14),
        size=(64, 80),
        subjects=(2, 1, 1))
    assert len(list((root / 'videos_rest').glob('rest*.mp4'))) == 2
    table = pd.read_csv(root / 'train.csv')
    for pose in pickle.loads((root / 'pose_train.pkl').read_bytes()):
        rows = table[table.video_id == pose['frame_dir']]
        minutes = pose['total_frames'] / 1800
        assert 1 < len(rows) < 25 * minutes
        busy = np.zeros(pose['total_frames'], int)
        for row in rows.itertuples():
            busy[row.start_frame:row.end_frame + 1] += 1
        assert busy.max() <= 3 and (busy == 0).mean() > .3
        moved, near = motion(pose), np.convolve(busy, np.ones(91), 'same') > 0
        assert .003 < np.median(moved[~near[15:]]) < .05
        assert moved[busy[15:] > 0].max() > .08
    assert not set(pd.read_csv(
        root / 'test_labels.csv').video_id) - {'test0000'}
