# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import ClassBalancedDataset

from mmaction_microaction.datasets import (ClassBalancedSampler, labels_of,
                                           read_list)
from mmaction_microaction.pose import read_pose_file, write_pose_file
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video

MODULE = 'mmaction_microaction.datasets.micro_action_pose.print_log'


def build(root='', **kwargs):
    return DATASETS.build(
        dict(type='MicroActionPoseDataset', data_root=str(root), **kwargs))


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(MODULE, lambda text, *_: lines.append(text))
    return lines


@pytest.fixture
def root(sample_root, tmp_path) -> Path:
    """Lists and poses of the sample data, without its videos."""
    for path in Path(sample_root).glob('*_list_videos.txt'):
        shutil.copy(path, tmp_path)
    for path in Path(sample_root).glob('pose_*.pkl'):
        shutil.copy(path, tmp_path)
    return tmp_path


def change(root, edit, split='val'):
    """Let a function change the entries of a pose file."""
    path = str(root / f'pose_{split}.pkl')
    entries = read_pose_file(path)
    write_pose_file(path, edit(entries) or entries)


def test_poses_of_the_listed_clips(sample_root, root):
    clips = read_list(f'{sample_root}/train_list_videos.txt')
    poses = {
        f'{x["frame_dir"]}.mp4': x
        for x in read_pose_file(f'{sample_root}/pose_train.pkl')
    }
    dataset = build(sample_root, with_videos=True)
    assert len(dataset) == len(clips) == 104
    for i, (name, label) in enumerate(clips):
        info = dataset.get_data_info(i)
        assert (info['clip_name'], info['label']) == (name, label)
        assert info['filename'] == f'{sample_root}/videos_train/{name}'
        for key in ('keypoint', 'keypoint_score', 'total_frames'):
            np.testing.assert_array_equal(info[key], poses[name][key])
    assert dataset.metainfo['classes'] == list(MA52.names)
    assert labels_of(dataset).tolist() == [label for _, label in clips]
    assert [dataset.get_cat_ids(i) for i in (0, 5)] == [[clips[i][1]]
                                                        for i in (0, 5)]
    assert len(ClassBalancedSampler(dataset)) == 104
    # ceil(sqrt(.1 / (1 / 52))) times each
    assert len(ClassBalancedDataset(dataset, .1)) == 3 * 104
    # Without the videos; the official test list has no labels.
    hidden = build(root, split='test', test_labels=False)
    assert len(hidden) == 52
    assert not {'label', 'filename'} & set(hidden.get_data_info(0))
    few = build(root, classes=['D3', 'nodding', 4])
    assert len(few) == 6 and set(labels_of(few)) == {0, 1, 2}
    parts = [build(root, split=x, subject_split={}) for x in ('train', 'val')]
    assert sum(map(len, parts)) == 104 + 52


def test_official_names_and_splits(root, said):
    """``train/0003_01_0001``; all splits in one file."""

    def rename(entries, split):
        return [dict(x, frame_dir=f'{split}/{x["frame_dir"]}')
                for x in entries]  # yapf: disable

    everything = []
    for split in ('train', 'val'):
        change(root, lambda x, y=split: rename(x, y), split)
        everything += read_pose_file(str(root / f'pose_{split}.pkl'))
        assert len(build(root, split=split)) > 50
    assert not said
    write_pose_file(str(root / 'all.pkl'), everything)
    write_pose_file(
        str(root / 'both.pkl'), everything,
        dict(val=[x['frame_dir'] for x in everything[104:]]))
    assert len(build(root, split='val', pose_file='all.pkl')) == 52
    assert 'all.pkl: took the poses of the 52 listed clips, 104 ' in said[0]
    assert len(build(root, split='val', pose_file='both.pkl')) == 52
    assert len(said) == 1


def test_clips_of_the_pose_file_alone(root, said, tmp_path):
    for path in root.glob('*_list_videos.txt'):
        path.unlink()
    dataset = build(root, split='val')
    entries = read_pose_file(str(root / 'pose_val.pkl'))
    assert labels_of(dataset).tolist() == [x['label'] for x in entries]
    assert 'no list of clips' in said[0]
    # SMG: two arrays, labels from 1 on.
    rng = np.random.default_rng(0)
    np.save(tmp_path / 'v_data.npy',
            rng.normal(0, 2, (3, 3, 60, 25, 1)).astype(np.float32))
    options = dict(
        pose_file=str(tmp_path / 'v_data.npy'),
        layout='kinect25',
        first_label=1,
        taxonomy='ma52')
    for labels, message in (([1, 2, 52], ''), ([1, 2, 53], '0 to 51.*52')):
        (tmp_path / 'v_label.pkl').write_bytes(
            pickle.dumps((['a', 'b', 'c'], labels)))
        if message:
            with pytest.raises(ValueError, match=message):
                build(**options)
        else:
            assert labels_of(build(**options)).tolist() == [0, 1, 51]


def test_poses_that_are_odd(root, said):

    def edit(entries):
        entries[0]['keypoint_score'][:] = 0
        for key in ('keypoint', 'keypoint_score'):
            entries[1][key] = np.repeat(entries[1][key], 3, 0)
        entries[1]['keypoint_score'][[0, 2]] *= np.float16(.5)
        entries[1]['keypoint'][[0, 2]] += 9
        entries[2]['keypoint'][0, 0, 0] = np.nan
        entries[3]['label'] = (entries[3]['label'] + 1) % 52

    before = build(root, split='val')
    change(root, edit)
    after = build(root, split='val')
    assert len(before) == len(after) == 52
    text = '\n'.join(said)
    names = [before.get_data_info(i)['clip_name'] for i in range(4)]
    said_of = 'nobody is seen', 'several persons', 'not finite', 'other label'
    for name, what in zip(names, said_of):
        line, = [x for x in said if what in x]
        assert name in line and line.count('.mp4') == 1, text
    empty, crowded, broken, other = map(after.get_data_info, range(4))
    assert not empty['keypoint'].any() | empty['keypoint_score'].any()
    np.testing.assert_array_equal(crowded['keypoint'],
                                  before.get_data_info(1)['keypoint'])
    assert not broken['keypoint'][0, 0, 0].any()
    assert not broken['keypoint_score'][0, 0, 0]
    assert other['label'] == before.get_data_info(3)['label']


@pytest.mark.parametrize('edit, options, message', [
    (lambda x: x[2:], {}, '2 of 52 clips of .*have no pose in'),
    (None, dict(layout='coco17'), 'pose_val.pkl: entry 0: .* coco17, but'),
    (None, dict(layout='coco18'), "no pose layout 'coco18'"),
    (lambda x: [dict(y, keypoint=y['keypoint'][:, :, :20],
                     keypoint_score=y['keypoint_score'][:, :, :20],
                     layout='openpose28') for y in x], {}, 'has 20'),
    (None, dict(pose_file='other.pkl'), 'other.pkl'),
    (None, dict(with_videos=True), 'video folder'),
])  # yapf: disable
def test_what_does_not_fit(root, edit, options, message):
    path = root / 'pose_val.pkl'
    if edit:
        path.write_bytes(pickle.dumps(edit(read_pose_file(str(path)))))
    with pytest.raises((ValueError, OSError), match=message):
        build(root, split='val', **options)


def test_missing_pose_file_says_how_to_make_it(root):
    (root / 'pose_val.pkl').unlink()
    with pytest.raises(FileNotFoundError, match='extract_pose.py'):
        build(root, split='val')


def test_video_of_another_length(root, sample_root):
    folder = root / 'videos_val'
    shutil.copytree(f'{sample_root}/videos_val', folder)
    assert len(build(root, split='val', with_videos=True)) == 52
    info = build(root, split='val').get_data_info(7)
    frames = np.zeros((2 * info['total_frames'], 64, 64, 3), np.uint8)
    write_video(folder / info['clip_name'], frames)
    options = dict(split='val', with_videos=True)
    with pytest.raises(ValueError, match='1 of 52 .*frame rate') as error:
        build(root, **options)
    assert f'{info["total_frames"]} frames of pose, {len(frames)}' in str(
        error.value)
    for more in (-1, 2, 1):  # the last one is fine
        count = info['total_frames'] + more
        write_video(folder / info['clip_name'], frames[:count])
        if more != 1:
            with pytest.raises(ValueError, match=f'of pose, {count} of video'):
                build(root, **options)
    assert len(build(root, **options)) == 52
    build(root, check_files=False, **options)
    (folder / info['clip_name']).unlink()
    with pytest.raises(FileNotFoundError, match='1 of 52'):
        build(root, **options)


LEFT = [5, 6, 7, 11, 12, 13, 15, 17, *range(18, 23)]
RIGHT = [2, 3, 4, 8, 9, 10, 14, 16, *range(23, 28)]
PACK = dict(type='PackActionInputs')
GCN = [
    dict(type='PreNormalize2D'),
    dict(type='GenSkeFeat', dataset='openpose', feats=['j']),
    dict(type='UniformSampleFrames', clip_len=16, num_clips=2, test_mode=True),
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=1), PACK
]
HEATMAPS = [
    dict(type='UniformSampleFrames', clip_len=8),
    dict(type='PoseDecode'),
    dict(type='PoseCompact', hw_ratio=1., allow_imgpad=True),
    dict(type='Resize', scale=(24, 24), keep_ratio=False),
    dict(type='Flip', flip_ratio=1, left_kp=LEFT, right_kp=RIGHT),
    dict(type='GeneratePoseTarget', sigma=.7),
    dict(type='FormatShape', input_format='NCTHW_Heatmap'), PACK
]
BOTH = [
    dict(type='MMUniformSampleFrames', clip_len=dict(RGB=4, Pose=8)),
    dict(type='MMDecode'),
    dict(type='MMCompact', hw_ratio=1., allow_imgpad=True),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='GeneratePoseTarget', sigma=.7, scaling=.25),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', collect_keys=('imgs', 'heatmap_imgs'))
]
SHAPES = [(GCN, [(2, 1, 16, 28, 3)]), (HEATMAPS, [(1, 28, 8, 24, 24)]),
          (BOTH, [(1, 3, 4, 32, 32), (1, 28, 8, 8, 8)])]


@pytest.mark.parametrize(
    'pipeline, shapes', SHAPES, ids='gcn map both'.split())
def test_pipelines_take_integers(sample_root, root, pipeline, shapes):
    """Positions and scores, which the host changes in place."""
    shutil.copytree(f'{sample_root}/videos_val', root / 'videos_val')
    path, got = root / 'pose_val.pkl', []
    for kind in (np.float32, np.int16):
        entries = read_pose_file(str(path))
        for entry in entries:
            for key in ('keypoint', 'keypoint_score'):
                entry[key] = np.rint(entry[key]).astype(kind)
        path.write_bytes(pickle.dumps(entries))
        dataset = build(root, split='val', pipeline=pipeline, with_videos=True)
        np.random.seed(0)
        got.append(dataset[0]['inputs'])
    for key in got[0] if isinstance(got[0], dict) else [...]:
        wanted, found = (x[key].float() for x in got)
        assert wanted.any() and torch.equal(wanted, found)


@pytest.mark.parametrize(
    'pipeline, shapes', SHAPES, ids='gcn map both'.split())
def test_pipelines_of_the_host(sample_root, root, pipeline, shapes, said):
    """With a clip without anybody in it, too."""
    shutil.copytree(f'{sample_root}/videos_val', root / 'videos_val')
    change(root, lambda x: x[0].update(keypoint=np.zeros((0, *x[0][
        'keypoint'].shape[1:])), keypoint_score=np.zeros((0, *x[0][
            'keypoint_score'].shape[1:]))))  # yapf: disable
    dataset = build(root, split='val', pipeline=pipeline, with_videos=True)
    for i in range(2):
        item = dataset[i]
        inputs = item['inputs']
        inputs = [inputs[x] for x in inputs] \
            if isinstance(inputs, dict) else [inputs]
        assert [tuple(x.shape) for x in inputs] == shapes
        assert all(x.isfinite().all()
                   for x in map(lambda y: y.float(), inputs))
        label = dataset.get_data_info(i)['label']
        assert item['data_samples'].gt_label.item() == label
        if shapes[0][1] == 28:
            assert bool(inputs[0].any()) == bool(i)
