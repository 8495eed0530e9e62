# Copyright (c) mmaction-microaction contributors. All rights reserved.
import errno
import os

import pytest

from mmaction_microaction.datasets.preparation.files import (append_durably,
                                                             ignores_case,
                                                             require_apart,
                                                             write_atomically)


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / 'scratch').mkdir()
    return tmp_path / 'scratch'


def test_the_name_appears_after_the_check(tmp_path, scratch):
    path = tmp_path / 'new' / 'folder' / 'file'

    def check(part):
        assert not path.exists()
        with open(part, 'rb') as file:
            return file.read()

    assert write_atomically(str(path), b'all', str(scratch), check) == b'all'
    assert path.read_bytes() == b'all' and not any(scratch.iterdir())
    assert path.stat().st_mode & 0o777 == 0o644
    assert write_atomically(str(path), b'', str(scratch)) is None
    assert path.read_bytes() == b''


@pytest.mark.parametrize('where', ['fchmod', 'fsync', 'check', 'replace'])
def test_an_error_keeps_the_old_file(tmp_path, scratch, monkeypatch, where):
    path = tmp_path / 'file'
    path.write_bytes(b'old')

    def fail(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    if where != 'check':
        monkeypatch.setattr(os, where, fail)
    with pytest.raises(OSError, match='No space'):
        write_atomically(
            str(path), b'new', str(scratch),
            fail if where == 'check' else None)
    assert path.read_bytes() == b'old' and not any(scratch.iterdir())


def test_a_folder_cleaned_by_a_newer_run(tmp_path, scratch):
    """What a killed run has left behind then gives up."""
    with pytest.raises(FileNotFoundError):
        write_atomically(
            str(tmp_path / 'file'), b'new', str(scratch), check=os.unlink)
    assert not (tmp_path / 'file').exists()


def test_append(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'a\n')
    with open(path, 'ab') as file:
        append_durably(file, b'b\n')
        assert path.read_bytes() == b'a\nb\n'  # before it is closed


def test_apart(tmp_path):
    source, target = tmp_path / 'raw', tmp_path / 'small'
    (source / 'videos').mkdir(parents=True)
    (tmp_path / 'raw_2').mkdir()
    require_apart(str(source), str(target), ['videos'])
    require_apart(str(source), str(tmp_path / 'raw_2'), ['videos'])


@pytest.mark.parametrize('target', [
    'raw', 'raw/', 'raw/small', '.', 'raw/../raw', 'link', 'link/small',
    'linked_videos', 'elsewhere'
])
def test_not_apart(tmp_path, target):
    source = tmp_path / 'raw'
    (source / 'videos').mkdir(parents=True)
    (tmp_path / 'link').symlink_to(source)
    (tmp_path / 'linked_videos').mkdir()
    (tmp_path / 'linked_videos' / 'videos').symlink_to(source / 'videos')
    # The source's other video folder is itself a link, next to its target.
    (tmp_path / 'elsewhere' / 'train').mkdir(parents=True)
    (source / 'train').symlink_to(tmp_path / 'elsewhere' / 'train')
    with pytest.raises(ValueError, match='must be apart'):
        require_apart(str(source), str(tmp_path / target), ['videos', 'train'])


def test_case(tmp_path, monkeypatch):
    (tmp_path / 'x').write_text('')
    assert ignores_case(str(tmp_path)) == (tmp_path / 'X').exists()
    monkeypatch.setattr(os.path, 'exists', lambda path: True)
    assert ignores_case(str(tmp_path))
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ['x']
