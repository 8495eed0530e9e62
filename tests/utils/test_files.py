# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import subprocess
from pathlib import Path

import pytest

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import (lock_folder, new_path,
                                              new_text_file, safe_name,
                                              write_bytes)


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / 'table.csv'
    with new_text_file(path) as file:
        file.write('ä,b\n')
        assert not path.exists()
    assert path.read_bytes() == 'ä,b\n'.encode()
    with pytest.raises(FileNotFoundError):
        with new_path(tmp_path / 'none.bin'):
            pass
    assert list(tmp_path.iterdir()) == [path]


def test_names_as_long_as_they_may_be(tmp_path):
    for name in ('x' * 255, 'x' * 254 + 'y', '視' * 85):
        with new_text_file(tmp_path / name) as file:
            file.write(name)
            part, = tmp_path.glob('*.part')
    assert all(p.read_text() == p.name for p in tmp_path.iterdir())


def test_two_writers_of_one_file(tmp_path, monkeypatch):
    """As two machines that share a folder."""
    path = tmp_path / 'a.json'
    with new_text_file(path, shared=True) as ours:
        ours.write('ours, and long')
        monkeypatch.setattr(os, 'getpid', lambda: 1)
        with new_text_file(path, shared=True) as theirs:
            theirs.write('theirs')
        assert path.read_text() == 'theirs'
    assert path.read_text() == 'ours, and long'
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_appears_after_the_check(tmp_path):
    path, scratch = tmp_path / 'new' / 'folder' / 'file', tmp_path / 'scratch'
    scratch.mkdir()

    def check(part):
        assert not path.exists() and os.path.dirname(part) == str(scratch)
        return Path(part).read_bytes()

    assert write_bytes(path, b'all', str(scratch), check) == b'all'
    with pytest.raises(FileNotFoundError):  # a newer run has cleaned up
        write_bytes(path, b'new', check=os.unlink)
    assert path.read_bytes() == b'all' and not any(scratch.iterdir())
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize('where', ['fsync', 'replace'])
def test_an_error_keeps_the_old_file(tmp_path, monkeypatch, where):
    path = tmp_path / 'file'
    path.write_bytes(b'old')

    def fail(*args):
        raise OSError('No space left on device')

    monkeypatch.setattr(os, where, fail)
    with pytest.raises(OSError, match='No space'):
        write_bytes(path, b'new')
    assert path.read_bytes() == b'old' and list(tmp_path.iterdir()) == [path]


def test_one_run_at_a_time(tmp_path):
    with lock_folder(tmp_path) as handle:
        child = subprocess.Popen(['cat'],
                                 stdin=subprocess.PIPE,
                                 pass_fds=[handle])
    with pytest.raises(UserError, match='another run'):
        with lock_folder(tmp_path):  # a child keeps the lock
            pass
    child.communicate()
    with lock_folder(tmp_path), pytest.raises(UserError, match='another run'):
        with lock_folder(tmp_path):
            pass


@pytest.mark.parametrize('text, expected',
                         [('x' * 500, 'x' * 80), ('視' * 200, '視' * 26),
                          ('🙂' * 99, '_' * 80), ('\u202ea', '_a'), ('..', '_'),
                          ('../../etc/passwd', '_.._etc_passwd'),
                          ('-rf', 'rf'),
                          ('a/b\\c:d*e?"<f>|', 'a_b_c_d_e___f__'),
                          ('end. ', 'end'), ('a\nb\tc\0d', 'a_b_c_d'),
                          ('視頻 Ä', '視頻 Ä'), ('%s{x}$(y)`z`', '_s_x___y__z_')])
def test_safe_name(text, expected):
    assert safe_name(text) == safe_name(expected) == expected
