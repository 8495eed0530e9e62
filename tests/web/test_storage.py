# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import stat

import pytest

from mmaction_microaction.web import Storage, find_samples
from mmaction_microaction.web.storage import place, remove


@pytest.fixture
def storage():
    storage = Storage()
    yield storage
    storage.close()


def touch(*parts):
    path = os.path.join(*parts)
    open(path, 'w').close()
    return path


def test_results_go_with_the_next_run(storage):
    assert stat.S_IMODE(os.stat(storage.root).st_mode) == 0o700
    first, other = storage.begin('a'), storage.begin('b')
    kept = touch(first.folder, 'x')
    second = storage.begin('a')
    assert first.stopped.is_set() and not os.path.exists(kept)
    assert os.path.isdir(second.folder) and os.path.isdir(other.folder)
    storage.stop('b')
    storage.stop('nobody')
    assert other.stopped.is_set() and not second.stopped.is_set()
    assert os.path.isdir(other.folder)
    touch(second.folder, 'x')
    storage.close()
    storage.close()
    assert second.stopped.is_set() and not os.path.exists(storage.root)


def test_uploads_go_with_the_visitor(storage, tmp_path):
    one, two = (touch(storage.root, name) for name in ('one', 'two'))
    for upload, left in ((one, [True, True]), (one, [True, True]),
                         (two, [False, True]), (None, [False, False])):
        storage.adopt('a', upload)
        assert [os.path.exists(one), os.path.exists(two)] == left
    for folder in (storage.samples, tmp_path):
        path = touch(folder, 'not theirs')
        storage.adopt('a', path)
        storage.end('a')
        assert os.path.exists(path)
    os.remove(os.path.join(storage.samples, 'not theirs'))
    storage.adopt('a', touch(storage.root, 'upload'))
    run = storage.begin('a')
    storage.end('a')
    storage.end('nobody')
    assert run.stopped.is_set()
    assert os.listdir(storage.root) == ['samples']


def test_place_and_remove(tmp_path):
    (tmp_path / 'file').write_text('text')
    os.symlink('file', tmp_path / 'link')
    second = tmp_path / 'sub' / 'second'
    second.parent.mkdir()
    place(tmp_path / 'link', second)
    remove(tmp_path / 'file')
    assert not second.is_symlink() and second.read_text() == 'text'
    remove(tmp_path / 'sub')
    remove(tmp_path / 'not there')
    assert os.listdir(tmp_path) == ['link']
    with pytest.raises(FileNotFoundError):
        place(tmp_path / 'not there', tmp_path / 'x')


def test_samples_of_a_folder(tmp_path):
    (tmp_path / 'sub').mkdir()
    for name in ('b.MP4', 'a.mkv', '.hidden.mp4', 'notes.txt', 'sub/c.mp4'):
        (tmp_path / name).touch()
    found = find_samples(str(tmp_path))
    assert [os.path.basename(path) for path in found] == ['a.mkv', 'b.MP4']
    (tmp_path / 'empty').mkdir()
    for name, error, text in (('empty', ValueError, 'no videos'),
                              ('missing', FileNotFoundError, 'not exist')):
        with pytest.raises(error, match=text):
            find_samples(str(tmp_path / name))
