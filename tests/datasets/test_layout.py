# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil
import unicodedata

import pytest

from mmaction_microaction.analysis.analysed_clips import find_clips
from mmaction_microaction.datasets import (EmotionDataset, MA52Dataset,
                                           OpenVideo, find_annotations,
                                           find_list, find_mma52_videos,
                                           find_video_dir, map_videos)
from mmaction_microaction.datasets.layout import require_clips, unlisted_videos
from mmaction_microaction.datasets.preparation import plan_root
from mmaction_microaction.evaluation import match_names


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
    infos = [dict(filename=good)]
    bad = [f'no_{i}.mp4' for i in range(6)] + [str(bad_clips['zero_byte'])]
    with pytest.raises(
            FileNotFoundError, match='7 of 9 listed clips.*2 were') as error:
        require_clips(infos + [dict(filename=x) for x in [*bad, good]])
    assert 'no_4.mp4' in str(error.value) and 'no_5' not in str(error.value)


def test_ids_map_to_their_own_files(tmp_path):
    names = ['x[1].mp4', 'a_.MP4', 'a.mp4', 'a__.avi', 'p^q`r.mp4', 'a.b.mp4']
    root = fill(tmp_path, *names, 'a.txt', 'b.mp4')
    files = {name[:-4]: f'{root}/{name}' for name in names}
    assert map_videos(list(files), root) == files
    assert unlisted_videos(list(files), root) == ['b.mp4']


@pytest.mark.parametrize('forms', [('NFC', 'NFD'), ('NFD', 'NFC')])
def test_accents_of_another_form_than_the_disks(tmp_path, good_clip, forms):
    """As a Mac takes them apart: in the name of a file and of a folder."""
    listed, stored = (unicodedata.normalize(x, 'é/zä.mp4') for x in forms)
    folder = tmp_path / 'videos_train'
    path = str(folder / stored)
    (folder / stored).parent.mkdir(parents=True)
    shutil.copy(good_clip, path)
    names = tmp_path / 'train_list_videos.txt'
    names.write_text(f'{listed} 0\n', encoding='utf-8')
    dataset = MA52Dataset(data_root=str(tmp_path))
    info = dataset.get_data_info(0)
    assert (info['filename'], info['clip_name']) == (path, listed)
    unseen = MA52Dataset(data_root=str(tmp_path), check_files=False)
    info = OpenVideo().transform(unseen.get_data_info(0))
    assert info['total_frames'] == 12
    assert find_clips(str(tmp_path), [listed]) == [path]
    plan = plan_root(str(tmp_path))
    assert plan.clips == (f'videos_train/{stored}', ) and not plan.missing
    names.write_text(f'{listed} joy\n', encoding='utf-8')
    dataset = EmotionDataset(
        str(names), ['joy', 'calm'], data_prefix=dict(video=str(folder)))
    assert dataset.get_data_info(0)['filename'] == path
    root, ids = os.path.dirname(path), [listed.rpartition('/')[2][:-4]]
    assert map_videos(ids, root) == {ids[0]: path}
    assert unlisted_videos(ids, root) == []
    assert match_names([stored], [listed], '') == [0]


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
