# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import generate_mma52

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
