# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil
import stat
from pathlib import Path
from unittest import mock

import pytest

from mmaction_microaction.web import Storage, find_samples
from mmaction_microaction.web.storage import link_or_copy, remove


@pytest.fixture
def storage():
    storage = Storage()
    yield storage
    storage.close()
    storage.close()
    assert not os.path.exists(storage.root)


def touch(*parts):
    Path(*parts).parent.mkdir(exist_ok=True)
    Path(*parts).touch()
    return os.path.join(*parts)


def test_results_go_with_the_next_run(storage):
    assert stat.S_IMODE(os.stat(storage.root).st_mode) == 0o700
    first, other = storage.begin('a'), storage.begin('b')
    kept = touch(first.folder, 'x')
    second = storage.begin('a')
    assert first.stopped.is_set() and not os.path.exists(kept)
    for name in ('b', 'nobody'):
        storage.stop(name)
    assert other.stopped.is_set() and not second.stopped.is_set()
    assert os.path.isdir(second.folder) and os.path.isdir(other.folder)
    storage.close()
    assert second.stopped.is_set()


def test_uploads_go_with_the_visitor(storage, tmp_path):
    one, two = (touch(storage.root, name, 'x.mp4') for name in ('one', 'two'))
    for upload, left in ((one, [True, True]), (one, [True, True]),
                         (two, [False, True]), (None, [False, False])):
        storage.adopt('a', upload)
        assert [os.path.exists(one), os.path.exists(two)] == left
    storage.adopt('a', touch(storage.root, 'upload', 'x.mp4'))
    run = storage.begin('a')
    storage.end('a')
    storage.end('nobody')
    assert run.stopped.is_set() and os.listdir(storage.root) == ['samples']


def test_what_a_visitor_cannot_adopt_and_so_delete(storage, tmp_path):
    """Whatever path is sent by hand."""
    folder = Path(storage.begin('other').folder)
    kept = [
        touch(folder, 'result'),
        touch(storage.samples, 'sample.mp4'),
        touch(tmp_path, 'file'),
        touch(storage.root, 'part'),
        touch(storage.root, 'deep/x'),
        touch(storage.root, 'deep/er/x')
    ]
    os.symlink(tmp_path, f'{storage.root}/deep/link')
    for path in (*kept[:4], kept[5], storage.root, storage.samples,
                 str(folder), f'{storage.root}/./samples/sample.mp4',
                 f'{storage.root}/deep/../samples/sample.mp4',
                 f'{storage.root}/deep/link/file', f'{storage.root}/none/x'):
        storage.adopt('a', path)
        storage.end('a')
        assert all(map(os.path.exists, kept)), path


def test_a_stop_while_waiting_is_for_that_run(storage):
    storage.stop('a')
    assert storage.begin('a').stopped.is_set()
    storage.expect('a')
    assert not storage.begin('a').stopped.is_set()
    assert not storage.begin('b').stopped.is_set()


def test_what_nobody_removed_is_swept(storage):
    run, part = storage.begin('a'), touch(storage.root, 'part')
    sample = touch(storage.samples, 'sample.mp4')
    shutil.copytree(run.folder, f'{storage.root}/fresh')
    for path in (run.folder, part, storage.samples, sample):
        os.utime(path, (0, 0))
    storage.sweep(60)
    assert sorted(os.listdir(storage.root)) == ['fresh', 'samples']
    assert os.path.exists(sample)


def test_a_sweep_goes_on_where_others_remove(storage, monkeypatch):
    storage.adopt('a', touch(storage.root, 'up/a.mp4'))
    run = storage.begin('a')
    os.utime(run.folder, (0, 0))
    gone = mock.Mock(path=f'{storage.root}/gone')
    gone.stat.side_effect = FileNotFoundError
    entries = [gone, *os.scandir(storage.root)]
    with monkeypatch.context() as patch:
        patch.setattr(os, 'scandir', lambda root: entries)
        patch.setattr(shutil, 'rmtree', lambda path, **_: os.rmdir(path))
        storage.sweep(60)
    assert not os.path.exists(run.folder) and not storage._runs
    assert [*storage._uploads] == ['a']  # it is new


def test_link_or_copy_and_remove(tmp_path):
    (tmp_path / 'file').write_text('text')
    os.symlink('file', tmp_path / 'link')
    (tmp_path / 'sub').mkdir()
    second = tmp_path / 'sub' / 'second'
    link_or_copy(tmp_path / 'link', second)
    remove(tmp_path / 'file')
    assert not second.is_symlink() and second.read_text() == 'text'
    for name in ('sub', 'not there'):
        remove(tmp_path / name)
    assert os.listdir(tmp_path) == ['link']
    with pytest.raises(FileNotFoundError):
        link_or_copy(tmp_path / 'not there', tmp_path / 'x')


def test_samples_of_a_folder(tmp_path):
    (tmp_path / 'sub').mkdir()
    with pytest.raises(ValueError, match='no videos'):
        find_samples(str(tmp_path))
    for name in ('b.MP4', 'a.mkv', '.hidden.mp4', 'notes.txt', 'sub/c.mp4'):
        touch(tmp_path, name)
    found = find_samples(str(tmp_path))
    assert found == [str(tmp_path / name) for name in ('a.mkv', 'b.MP4')]
    with pytest.raises(FileNotFoundError, match='not exist'):
        find_samples(str(tmp_path / 'missing'))
