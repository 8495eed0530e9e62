# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import pytest

from mmaction_microaction.datasets import (find_annotations, find_list,
                                           find_mma52_videos, find_video_dir,
                                           map_videos)
from mmaction_microaction.datasets.layout import require_clips, unlisted_videos


@pytest.fixture
def folder(tmp_path):
    """Function that makes a folder of files with one byte each."""

    def make(*names):
        for name in names:
            (tmp_path / name).write_bytes(b'x')
        return str(tmp_path)

    return make


def test_mma52(tmp_path):
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'annotations' / 'val.csv').touch()
    (tmp_path / 'train.csv').touch()
    root = str(tmp_path)
    assert find_annotations(root, 'val') == f'{root}/annotations/val.csv'
    assert find_annotations(root, 'train') == f'{root}/train.csv'
    for name in ('videos', 'videos_val', 'val'):
        (tmp_path / name).mkdir()
        assert find_mma52_videos(root, 'val') == f'{root}/{name}'
    assert find_mma52_videos(root, 'test') == f'{root}/videos'


@pytest.mark.parametrize('find, texts, first', [
    (find_list, 'of MA-52|train_list_videos.txt|annotations|kunli-cs', None),
    (find_video_dir, 'raw_videos|make_sample_data.py', 'videos_train'),
    (find_annotations, '/train.csv|--tasks mma52|MMA52_ROOT', None),
    (find_mma52_videos, 'videos_train|VUT-HFUT/Micro-Action', 'train'),
])
def test_missing_root_says_what_to_do(tmp_path, find, texts, first):
    root = str(tmp_path / 'nowhere')
    for place, more in ((root, 'there is no folder'), (str(tmp_path), '')):
        with pytest.raises(FileNotFoundError) as error:
            find(place, 'train')
        for text in (place, more, *texts.split('|')):
            assert text in str(error.value)
    assert 'there is no folder' not in str(error.value)
    if first:  # a folder need not exist
        assert find(root, 'train', must_exist=False) == f'{root}/{first}'


def test_require_clips(good_clip, bad_clips):
    good = str(good_clip)
    require_clips([])
    bad = [f'no_{i}.mp4' for i in range(6)] + [str(bad_clips['zero_byte'])]
    with pytest.raises(
            FileNotFoundError, match='7 of 9 listed clips.*2 were') as error:
        require_clips([good, *bad, good])
    assert 'no_4.mp4' in str(error.value) and 'no_5' not in str(error.value)


def test_ids_map_to_their_own_files(folder):
    names = ['x[1].mp4', 'a_.MP4', 'a.mp4', 'a__.avi', 'p^q`r.mp4', 'a.b.mp4']
    root = folder(*names, 'a.txt', 'b.mp4')
    files = {name[:-4]: f'{root}/{name}' for name in names}
    assert map_videos(list(files), root) == files
    assert unlisted_videos(list(files), root) == ['b.mp4']


def test_misses_are_listed(folder):
    root = folder('a.mp4', '1_L.mp4')
    open(f'{root}/b.mp4', 'w').close()
    ids = ['a', '1_L', '1_l', 'b'] + [f'c{i}' for i in range(25)]
    with pytest.raises(FileNotFoundError, match='27 of 29.*2 were') as error:
        map_videos(ids, root)
    assert str(error.value).splitlines()[1:] == [
        '    1_l (there is 1_L.mp4, another clip: case counts)',
        '    b (its file has zero bytes)', *(f'    c{i}' for i in range(18)),
        '    ... and 7 more'
    ]


def test_two_files_of_one_id_or_two_ids_of_one_file(folder):
    root = folder('a.mp4', 'a.avi', 'b.mp4')
    os.symlink(f'{root}/b.mp4', f'{root}/c.mp4')
    for ids, text in ((['a'], "'a' has 2 files .*a.avi, a.mp4"),
                      (['b', 'c'], "'b' and 'c' are two clips")):
        with pytest.raises(ValueError, match=text):
            map_videos(ids, root)
