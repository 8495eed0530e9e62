# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import pytest

from mmaction_microaction.datasets import (find_annotations, find_list,
                                           find_mma52_videos, find_video_dir,
                                           map_videos)
from mmaction_microaction.datasets.layout import require_clips, unlisted_videos


def fill(folder, *names):
    """Write files with one byte each; the folder, as text."""
    for name in names:
        (folder / name).write_bytes(b'x')
    return str(folder)


@pytest.mark.parametrize('find, places', [
    (find_list, ['annotations/val_list_videos.txt', 'val_list_videos.txt']),
    (find_video_dir, ['val/', 'raw_videos/val/', 'videos_val/']),
    (find_annotations, ['val.csv', 'annotations/val.csv']),
    (find_mma52_videos, ['videos/', 'videos/val/', 'videos_val/', 'val/']),
])
def test_places_from_the_last_to_the_likeliest(tmp_path, find, places):
    for place in places:
        path = tmp_path / place
        (path if place.endswith('/') else path.parent).mkdir(
            parents=True, exist_ok=True)
        if not place.endswith('/'):
            path.touch()
        assert find(str(tmp_path), 'val') == str(path)


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


def test_ids_map_to_their_own_files(tmp_path):
    names = ['x[1].mp4', 'a_.MP4', 'a.mp4', 'a__.avi', 'p^q`r.mp4', 'a.b.mp4']
    root = fill(tmp_path, *names, 'a.txt', 'b.mp4')
    files = {name[:-4]: f'{root}/{name}' for name in names}
    assert map_videos(list(files), root) == files
    assert unlisted_videos(list(files), root) == ['b.mp4']


def test_misses_are_listed(tmp_path):
    root = fill(tmp_path, 'a.mp4', '1_L.mp4')
    (tmp_path / 'b.mp4').touch()
    ids = ['a', '1_L', '1_l', 'b'] + [f'c{i}' for i in range(25)]
    with pytest.raises(FileNotFoundError, match='27 of 29.*2 were') as error:
        map_videos(ids, root)
    assert str(error.value).splitlines()[1:] == [
        '    1_l (there is 1_L.mp4, another clip: case counts)',
        '    b (its file has zero bytes)', *(f'    c{i}' for i in range(18)),
        '    ... and 7 more'
    ]


def test_two_files_of_one_id_or_two_ids_of_one_file(tmp_path):
    root = fill(tmp_path, 'a.mp4', 'a.avi', 'b.mp4')
    os.symlink(f'{root}/b.mp4', f'{root}/c.mp4')
    for ids, text in ((['a'], "'a' has 2 files .*a.avi, a.mp4"),
                      (['b', 'c'], "'b' and 'c' are two clips")):
        with pytest.raises(ValueError, match=text):
            map_videos(ids, root)
