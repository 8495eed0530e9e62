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
def test_annotations_and_poses_agree(root, split, number):
    name = 'test_labels' if split == 'test' else split
    lines = (root / f'{name}.csv').read_text().splitlines()
    assert lines[0] == HEADER and lines[1].endswith(',30.0')
    table = pd.read_csv(root / f'{name}.csv')
    assert table.id.tolist() == list(range(len(table)))
    videos = table.groupby('video_id', sort=False)
    poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
    assert [pose['frame_dir'] for pose in poses] == [*videos.groups] \
        == [f'{split}{i:04d}' for i in range(number)]
    assert [
        pose['label'] for pose in poses
    ] == videos['class'].agg(lambda labels: sorted(set(labels))).tolist()
    lengths = [pose['total_frames'] for pose in poses]
    assert (table.total_frames == np.repeat(lengths, videos.size())).all()
    assert table.total_frames.between(30, 60).all()
    assert ((0 <= table.start_frame) & (table.start_frame < table.end_frame) &
            (table.end_frame < table.total_frames)).all()
    assert set(
        table['class']) <= {MA52.find(x).index
                            for x in DISTINCT_CLASSES}
    if split == 'test':
        rows = [f'{i},test{i:04d},0,20,{i},{n},30.0'
                for i, n in enumerate(lengths)]  # yapf: disable
        assert (root / 'test.csv').read_text().splitlines() == [HEADER, *rows]


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
            span = slice(row.start_frame, row.end_frame + 1)
            inside[span] = True
            assert moved[span].any() or inside.mean() > .5
        assert not moved[~inside].any() or inside.mean() >= .5
