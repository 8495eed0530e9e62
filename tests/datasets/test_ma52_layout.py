# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp

import pytest

from mmaction_microaction.datasets import SPLITS, find_list, find_video_dir
from mmaction_microaction.datasets.ma52_layout import require_clips


@pytest.mark.parametrize('layout', ['a', 'b', 'flat'])
def test_layouts(make_root, layout):
    root = str(
        make_root({split: [(f'{split}_1.mp4', 0)]
                   for split in SPLITS}, layout))
    for split in SPLITS:
        with open(find_list(root, split)) as file:
            assert file.read() == f'{split}_1.mp4 0'
        folder = find_video_dir(root, split)
        assert osp.isfile(osp.join(folder, f'{split}_1.mp4'))


@pytest.mark.parametrize('find, looked_for', [
    (find_list, ['train_list_videos.txt', 'annotations']),
    (find_video_dir, ['videos_train', 'raw_videos']),
])
def test_missing_root_says_what_to_do(tmp_path, find, looked_for):
    root = str(tmp_path / 'nowhere')
    with pytest.raises(FileNotFoundError) as error:
        find(root, 'train')
    for part in [
            root, 'there is no folder', 'VUT-HFUT/Micro-Action',
            'kunli-cs/MA-52', 'tools/data/make_sample_data.py', 'MA52_ROOT',
            *looked_for
    ]:
        assert part in str(error.value)


def test_folder_without_data(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        find_list(str(tmp_path), 'val')
    assert 'there is no folder' not in str(error.value)


def test_video_dir_need_not_exist(tmp_path):
    assert find_video_dir(
        str(tmp_path), 'val', must_exist=False) == str(tmp_path / 'videos_val')


@pytest.mark.parametrize('find', [find_list, find_video_dir])
def test_unknown_split(tmp_path, find):
    with pytest.raises(ValueError, match="'trian'"):
        find(str(tmp_path), 'trian')


def test_require_clips(good_clip, bad_clips):
    good = str(good_clip)
    require_clips([])
    require_clips([good])
    bad = [f'no_{i}.mp4' for i in range(6)] + [str(bad_clips['zero_byte'])]
    with pytest.raises(FileNotFoundError) as error:
        require_clips([good, *bad, good])
    message = str(error.value)
    assert '7 of 9 listed clips' in message and '2 were found' in message
    assert 'no_4.mp4' in message and 'no_5.mp4' not in message
