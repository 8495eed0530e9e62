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
        root = tmp_path / 'videos'
        root.mkdir()
        for name in names:
            (root / name).write_bytes(b'x')
        return str(root)

    return make


def test_mma52(tmp_path):
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'annotations' / 'val.csv').write_text('')
    (tmp_path / 'train.csv').write_text('')
    root = str(tmp_path)
    assert find_annotations(root, 'val') == f'{root}/annotations/val.csv'
    assert find_annotations(root, 'train') == f'{root}/train.csv'
    for name in ('videos', 'videos_val', 'val'):
        (tmp_path / name).mkdir()
        assert find_mma52_videos(root, 'val') == f'{root}/{name}'
    assert find_mma52_videos(root, 'test') == f'{root}/videos'


@pytest.mark.parametrize(
    'find, texts',
    [(find_list, ('of MA-52', 'train_list_videos.txt', 'annotations', 'MA52_R',
                  'kunli-cs/MA-52')),
     (find_video_dir, ('videos_train', 'raw_videos', 'make_sample_data.py')),
     (find_annotations,
      ('of MMA-52', 'annotations/train.csv', '--tasks mma52', 'MMA52_ROOT')),
     (find_mma52_videos, ('videos_train', 'VUT-HFUT/Micro-Action'))])
def test_missing_root_says_what_to_do(tmp_path, find, texts):
    root = str(tmp_path / 'nowhere')
    with pytest.raises(FileNotFoundError) as error:
        find(root, 'train')
    for text in (root, 'there is no folder', *texts):
        assert text in str(error.value)
    with pytest.raises(FileNotFoundError) as error:
        find(str(tmp_path), 'train')
    assert 'there is no folder' not in str(error.value)
    with pytest.raises(ValueError, match="'trian'"):
        find(root, 'trian')


def test_folder_need_not_exist(tmp_path):
    for find, name in ((find_video_dir, 'videos_val'), (find_mma52_videos,
                                                        'val')):
        found = find(str(tmp_path), 'val', must_exist=False)
        assert found == str(tmp_path / name)


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


def test_ids_map_to_their_own_files(folder):
    names = ['a.mp4', 'a__.avi', 'a_.MP4', 'x[1].mp4', 'p^q`r.mp4', 'a.b.mp4']
    root = folder(*names, 'a.txt', 'b.mp4')
    ids = ['x[1]', 'a_', 'a', 'a__', 'p^q`r', 'a.b']
    found = map_videos(ids, root)
    assert list(found) == ids
    stems = [os.path.splitext(os.path.basename(p))[0] for p in found.values()]
    assert stems == ids
    assert unlisted_videos(ids, root) == ['b.mp4']


def test_case_twins(folder, monkeypatch):
    root = folder('1_L.mp4')
    if os.path.exists(f'{root}/1_l.mp4'):
        pytest.skip('this file system ignores case')
    with pytest.raises(FileNotFoundError, match='1_l .there is 1_L.mp4, anot'):
        map_videos(['1_L', '1_l'], root)
    real = os.path.getsize
    with monkeypatch.context() as patch:  # a file system that ignores case
        patch.setattr('os.path.getsize', lambda p: real(f'{root}/1_L.mp4'))
        with pytest.raises(FileNotFoundError, match='1 of 2 .*1 were found'):
            map_videos(['1_L', '1_l'], root)
    open(f'{root}/1_l.mp4', 'w').write('y')
    assert map_videos(['1_l', '1_L'], root) == {
        '1_l': f'{root}/1_l.mp4',
        '1_L': f'{root}/1_L.mp4'
    }


def test_misses_are_listed(folder):
    root = folder('a.mp4', 'b.mp4')
    open(f'{root}/b.mp4', 'w').close()
    ids = ['a', 'b'] + [f'c{i}' for i in range(25)]
    with pytest.raises(FileNotFoundError) as error:
        map_videos(ids, root)
    text = str(error.value)
    assert '26 of 27' in text and '(1 were found)' in text
    assert 'b (its file has zero bytes)' in text and 'c18' in text
    assert 'c19' not in text and '... and 6 more' in text


def test_two_files_of_one_id_or_two_ids_of_one_file(folder):
    root = folder('a.mp4', 'a.avi', 'b.mp4')
    with pytest.raises(ValueError, match="'a' has 2 files .*a.avi, a.mp4"):
        map_videos(['a'], root)
    os.symlink(f'{root}/b.mp4', f'{root}/c.mp4')
    with pytest.raises(ValueError, match="'b' and 'c' are two clips"):
        map_videos(['b', 'c'], root)
