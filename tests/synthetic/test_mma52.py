# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import decord
import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.labels import get_action
from mmaction_microaction.synthetic import DISTINCT_CLASSES, generate_mma52

HEADER = 'id,video_id,start_frame,end_frame,class,total_frames,fps'
TINY = dict(
    num_train=3,
    num_val=2,
    num_test=2,
    size=(32, 40),
    duration=(1., 2.),
    classes=DISTINCT_CLASSES,
    subjects=(2, 1, 1))


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return generate_mma52(tmp_path_factory.mktemp('data') / 'mma52', **TINY)


def _contents(root):
    return {p.name: p.read_bytes() for p in sorted(root.glob('*.csv'))}


def test_annotations_videos_and_truth_agree(root):
    classes = {get_action(name).index for name in DISTINCT_CLASSES}
    for split, number in dict(train=3, val=2, test=2).items():
        name = 'test_labels' if split == 'test' else split
        text = (root / f'{name}.csv').read_text()
        assert text.splitlines()[0] == HEADER
        assert text.splitlines()[1].endswith(',30.0')
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
            assert ((0 <= rows.start_frame) &
                    (rows.start_frame < rows.end_frame) &
                    (rows.end_frame < len(video))).all()
            assert set(rows['class']) <= classes
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


def test_result_depends_on_the_seed_but_not_on_the_workers(root, tmp_path):
    again = generate_mma52(tmp_path / 'again', workers=2, **TINY)
    assert _contents(again) == _contents(root)
    one, two = (
        pickle.loads((folder / 'pose_val.pkl').read_bytes())
        for folder in (root, again))
    np.testing.assert_equal(one, two)
    other = generate_mma52(tmp_path / 'other', seed=1, **TINY)
    assert _contents(other) != _contents(root)


def test_a_full_folder_is_left_alone_unless_told(root):
    before = _contents(root)
    with pytest.raises(FileExistsError, match='--overwrite'):
        generate_mma52(root, **TINY)
    generate_mma52(root, overwrite=True, **TINY)
    assert _contents(root) == before


@pytest.mark.parametrize('change, message', [
    (dict(num_val=0), 'at least 1'),
    (dict(size=(33, 40)), 'even'),
    (dict(duration=(5, 4)), 'duration'),
    (dict(duration=(.5, 4)), 'duration'),
    (dict(max_overlap=6), 'max_overlap must be 1 to 5'),
    (dict(max_overlap=0), 'max_overlap'),
    (dict(appearance='x'), 'appearance'),
    (dict(workers=0), 'workers'),
    (dict(classes=['juggling']), 'juggling'),
    (dict(classes=[]), 'classes'),
    (dict(subjects=(3, 2)), 'subjects'),
])
def test_bad_arguments_write_nothing(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        generate_mma52(tmp_path / 'mma52', **{**TINY, **change})
    assert not (tmp_path / 'mma52').exists()
