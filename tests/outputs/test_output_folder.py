# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp

import pytest

from mmaction_microaction.outputs.output_folder import (OutputFolder,
                                                        choose_folders,
                                                        identify, is_output)
from mmaction_microaction.utils.files import DIGESTS


def make(path):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b'video')
    return str(path)


def test_each_video_has_its_folder(tmp_path):
    names = 'a/x.mp4', 'b/x.mp4', 'b/X.avi', 'y.mp4', '...mp4'
    videos, out = [str(tmp_path / x) for x in names], str(tmp_path / 'out')
    folders = choose_folders(videos, out)
    assert len({f.casefold() for f in folders.values()}) == 5
    assert {osp.dirname(osp.abspath(f)) for f in folders.values()} == {out}
    assert osp.basename(folders[videos[3]]) == 'y'
    # The name depends on the video, not on its place in the list.
    assert choose_folders(videos[::-1], out) == folders


def test_folders_of_others_are_left_alone(tmp_path):
    out = tmp_path / 'out'
    make(out / 'w')
    make(out / 'y' / 'thesis.txt')
    (out / 'z').symlink_to(tmp_path)
    for name in 'yzw':
        video = make(tmp_path / f'{name}.mp4')
        assert choose_folders([video], str(out))[video] != str(out / name)


def test_a_later_call_with_other_videos_chooses_the_same(tmp_path):
    out = str(tmp_path / 'out')
    first, second = (make(tmp_path / d / 'x.mp4') for d in 'ab')
    alone = choose_folders([first], out)[first]
    OutputFolder(alone, dict(video=identify(first)))
    both = choose_folders([second, first], out)
    assert both[first] == alone and both[second].startswith(f'{alone}-')
    OutputFolder(both[second], dict(video=identify(second)))
    assert choose_folders([second], out)[second] == both[second]
    # Also when the plain name is free again.
    (tmp_path / 'out' / 'x' / 'done.json').unlink()
    (tmp_path / 'out' / 'x').rmdir()
    assert choose_folders([second], out)[second] == both[second]


@pytest.fixture
def finished(tmp_path):
    """A folder with one finished output, and its key."""
    path = tmp_path / 'x'
    key = dict(video=dict(path='v', size=3), threshold=.3)
    folder = OutputFolder(str(path), key)
    assert not folder.has('csv')
    for name in ('mine.txt', '../b.csv'):
        (path / name).touch()
    folder.problems = ['cut off']
    folder.make('csv', 'b.csv', write_two)
    assert folder.file('csv') == str(path / 'b.csv')
    return path, key


def write_two(path):
    for place in (path, osp.join(osp.dirname(path), 'a.csv')):
        with open(place, 'w') as file:
            file.write(place)  # another content in each run


def test_what_is_finished_is_remembered(finished):
    path, key = finished
    again = OutputFolder(str(path), key)
    assert again.has('csv') and not again.has('json')
    assert again.problems == ['cut off'] and is_output(str(path))
    (path / 'b.csv').unlink()
    assert not OutputFolder(str(path), key).has('csv')


@pytest.mark.parametrize('change', [dict(threshold=.4), {}])
def test_what_was_made_otherwise_goes(finished, change):
    """But not what a record names elsewhere, nor what somebody changed."""
    path, key = finished
    record = (path / 'done.json').read_text()
    (path / 'done.json').write_text(record.replace('"a.csv"', '"../b.csv"'))
    (path / 'a.csv').write_text('mine')
    new = OutputFolder(str(path), {**key, **change}, overwrite=not change)
    assert not new.has('csv') and new.problems == []
    rest = [DIGESTS, 'a.csv', 'done.json', 'mine.txt']
    assert sorted(p.name for p in path.iterdir()) == rest
    assert (path.parent / 'b.csv').is_file()
    new.make('csv', 'b.csv', write_two)
    assert new.has('csv') and (path / 'a.csv').read_text() == 'mine'
    again = OutputFolder(str(path), key, overwrite=True)
    assert not again.has('csv')
    assert sorted(p.name for p in path.iterdir()) == rest


@pytest.mark.parametrize('record', [
    '[broken', '3', '{"key": {}, "outputs": 1, "problems": []}',
    '{"key": {"video": 3}, "outputs": {}, "problems": []}'
])
def test_a_damaged_record(finished, record, tmp_path):
    path, key = finished
    (path / 'done.json').write_text(record)
    assert choose_folders(['x.mp4'], str(tmp_path))['x.mp4'] != str(path)
    assert not OutputFolder(str(path), key).has('csv')


def test_a_change_of_a_file_is_seen(tmp_path):
    path = make(tmp_path / 'a.mp4')
    before = identify(path)
    (tmp_path / 'a.mp4').write_bytes(b'another')
    assert identify(path) != before
