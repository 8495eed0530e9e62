# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import os.path as osp

import pytest

from mmaction_microaction.inference.output_folder import (OutputFolder,
                                                          choose_folders,
                                                          identify, safe_name)


@pytest.mark.parametrize('text, expected', [
    ('clip_01', 'clip_01'),
    ('..', '_'),
    ('../../etc/passwd', '_.._etc_passwd'),
    ('-rf', 'rf'),
    ('a/b\\c:d*e?"<f>|', 'a_b_c_d_e___f__'),
    ('a\nb\tc\0d', 'a_b_c_d'),
    ('', '_'),
    ('CON', '_CON'),
    ('nul.tar', '_nul.tar'),
    ('end. ', 'end'),
    ('視頻 Ä', '視頻 Ä'),
    ('%s{x}$(y)`z`', '_s_x___y__z_'),
])
def test_safe_name(text, expected):
    assert safe_name(text) == expected


@pytest.mark.parametrize('text', ['x' * 500, '視' * 200, '🙂' * 99, '\u202ea'])
def test_safe_name_fits(text):
    name = safe_name(text)
    assert 0 < len(name.encode()) <= 81 and '\u202e' not in name
    assert safe_name(name) == name


def test_each_video_has_its_folder(tmp_path):
    videos = [
        str(tmp_path / p)
        for p in ('a/x.mp4', 'b/x.mp4', 'b/X.avi', 'y.mp4', '...mp4')
    ]
    out = str(tmp_path / 'out')
    folders = choose_folders(videos, out)
    assert len({f.casefold() for f in folders.values()}) == 5
    assert all(
        osp.dirname(osp.realpath(f)) == osp.realpath(out)
        for f in folders.values())
    assert osp.basename(folders[videos[3]]) == 'y'
    assert folders == choose_folders(videos, out)
    # The name depends on the video, not on its place in the list.
    assert choose_folders(videos[::-1], out) == folders


def make(path):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b'video')
    return str(path)


def test_folders_of_others_are_left_alone(tmp_path):
    out = tmp_path / 'out'
    first, second = (make(tmp_path / d / 'x.mp4') for d in 'ab')
    folder = choose_folders([first], str(out))[first]
    OutputFolder(folder, dict(video=identify(first)))
    assert choose_folders([first], str(out))[first] == folder
    other = choose_folders([second], str(out))[second]
    assert other.startswith(folder + '-')
    (out / 'y').mkdir()
    (out / 'y' / 'thesis.txt').write_text('mine')
    (out / 'w').write_text('a file')
    os.symlink(tmp_path, out / 'z')
    for name in 'yzw':
        video = make(tmp_path / f'{name}.mp4')
        assert choose_folders([video], str(out))[video] != str(out / name)


def test_what_is_finished_is_remembered(tmp_path):
    path = str(tmp_path / 'x')
    key = dict(video=dict(path='v', size=3), threshold=.3)
    folder = OutputFolder(path, key)
    assert not folder.has('json')
    folder.finish('json')
    assert OutputFolder(path, key).has('json')
    assert not OutputFolder(path, key).has('csv')
    assert not OutputFolder(path, dict(key, threshold=.4)).has('json')
    OutputFolder(path, key).finish('json')
    assert not OutputFolder(path, key, overwrite=True).has('json')
    (tmp_path / 'x' / 'done.json').write_text('[broken')
    assert not OutputFolder(path, key).has('json')


def test_a_change_of_a_file_is_seen(tmp_path):
    path = make(tmp_path / 'a.mp4')
    before = identify(path)
    assert before == identify(path)
    (tmp_path / 'a.mp4').write_bytes(b'another')
    assert identify(path) != before
