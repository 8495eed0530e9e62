# Copyright (c) mmaction-microaction contributors. All rights reserved.
import fcntl
import json
import os
import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mmaction_microaction.utils.files import (DIGESTS, atomic_path,
                                              atomic_text_file, new_file,
                                              new_files, remove_unchanged,
                                              safe_name, write_bytes)
from mmaction_microaction.utils.locks import lock_folder


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / 'table.csv'
    with atomic_text_file(path) as file:
        file.write('ä,b\n')
        assert not path.exists()
    assert path.read_bytes() == 'ä,b\n'.encode()
    with pytest.raises(FileNotFoundError):
        with atomic_path(tmp_path / 'none.bin'):
            pass
    assert list(tmp_path.iterdir()) == [path]


def test_names_as_long_as_they_may_be(tmp_path):
    for name in ('x' * 255, 'x' * 254 + 'y', '視' * 85):
        with atomic_text_file(tmp_path / name) as file:
            file.write(name)
            part, = tmp_path.glob('*.part')
    assert all(p.read_text() == p.name for p in tmp_path.iterdir())


def test_two_writers_of_one_file(tmp_path, monkeypatch):
    """As two machines that share a folder."""
    path = tmp_path / 'a.json'
    with atomic_text_file(path, shared=True) as ours:
        ours.write('ours, and long')
        monkeypatch.setattr(os, 'getpid', lambda: 1)
        with atomic_text_file(path, shared=True) as theirs:
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


@pytest.fixture
def write(tmp_path):
    """A function that writes a.eaf once more; gives all there is."""

    def write(text):
        with new_files(tmp_path / 'out') as (scratch, placed):
            Path(scratch, 'a.eaf').write_text(text)
        assert Path(placed['a.eaf']).read_text() == text
        return {
            path.name: path.read_text()
            for path in (tmp_path / 'out').glob('[!.]*')
        }

    return write


def test_what_somebody_changed_stays(write, tmp_path, capsys):
    assert write('1') == {'a.eaf': '1'}
    assert write('2') == {'a.eaf': '2'} and not capsys.readouterr().err
    path = tmp_path / 'out' / 'a.eaf'
    path.write_text('mine')
    assert write('3') == {'a.eaf': 'mine', 'a.new.eaf': '3'}
    said = capsys.readouterr().err
    assert str(path) in said and 'the new one is a.new.eaf' in said
    assert write('4') == {'a.eaf': 'mine', 'a.new.eaf': '4'}
    path.with_name('a.new.eaf').write_text('mine, too')
    found = write('5')
    assert found.pop('a.new2.eaf') == '5'
    assert found == {'a.eaf': 'mine', 'a.new.eaf': 'mine, too'}
    path.unlink()
    assert write('6')['a.eaf'] == '6'
    remove_unchanged(str(path.parent), ['a.eaf', 'a.new.eaf', 'none'])
    assert not path.exists() and path.with_name('a.new.eaf').exists()


@pytest.mark.parametrize('record', [None, '', '3', '{"a.eaf": 1}', '\0'])
def test_whose_file_it_is_nobody_knows(write, tmp_path, record):
    """As in folders of an older version; but what is equal is no conflict."""
    for text, left in (('1', ['a.eaf']), ('2', ['a.eaf', 'a.new.eaf'])):
        write('1')
        (tmp_path / 'out' / DIGESTS).unlink()
        if record is not None:
            (tmp_path / 'out' / DIGESTS).write_text(record)
        found = write(text)
        assert sorted(found) == left and found['a.eaf'] == '1'


@pytest.mark.parametrize('made', ['folder', 'link'])
def test_what_is_no_file_stays(write, tmp_path, made):
    path = tmp_path / 'out' / 'a.eaf'
    path.parent.mkdir()
    path.mkdir() if made == 'folder' else path.symlink_to('nothing')
    with pytest.raises(OSError):
        write('1')  # reads them all
    assert os.path.lexists(path)
    assert path.with_name('a.new.eaf').read_text() == '1'


def test_what_is_a_stream_is_written_as_it_is(tmp_path):
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe)
    for path in ('/dev/stdout', '/dev/fd/63', str(pipe)):
        with new_file(path) as (part, placed):
            assert part == path == placed[os.path.basename(path)]
    assert list(tmp_path.iterdir()) == [pipe]
    with new_file(tmp_path / 'new' / 'x.csv') as (part, placed):
        Path(part).touch()
    assert placed == {'x.csv': str(tmp_path / 'new' / 'x.csv')}


def test_a_kill_raises_no_alarm(write, tmp_path, monkeypatch, capsys):
    """Between the digest and its file; what is left of it goes."""
    write('1')
    left = tmp_path / f'out/.part-microaction-{platform.node()}-left'
    with monkeypatch.context() as patch:

        def replace(source, target, real=os.replace):
            if target.endswith('.eaf'):
                raise KeyboardInterrupt
            real(source, target)

        patch.setattr(os, 'replace', replace)
        with pytest.raises(KeyboardInterrupt):
            write('2')
    left.mkdir()
    (left / 'half').touch()
    with lock_folder(left):  # as its run does, in another container perhaps
        assert write('3') == {'a.eaf': '3'} and not capsys.readouterr().err
        assert (left / 'half').exists()
    others = [left.with_name(f'.part-microaction-{x}') for x in 'ab']
    for path in others:  # of machines that share no locks with this one
        path.mkdir()
    os.utime(others[0], (0, 0))
    write('3')
    assert not left.exists()
    assert [x.exists() for x in others] == [False, True]


@pytest.mark.parametrize('locks', [True, False])
def test_scratch_folders_do_not_meet(write, tmp_path, monkeypatch, locks):
    """Of one process, as in threads, and on a disk that knows no locks."""
    if not locks:
        monkeypatch.setattr(fcntl, 'flock', lambda *_: os.listdir('/none'))
    out = tmp_path / 'out'
    with new_files(out) as (scratch, placed):
        Path(scratch, 'b.eaf').write_text('outer')
        assert write('inner') == {'a.eaf': 'inner'}
    assert placed == {'b.eaf': str(out / 'b.eaf')}
    assert sorted(os.listdir(out)) == [DIGESTS, 'a.eaf', 'b.eaf']


def test_many_threads_place_files(tmp_path):
    """Each of their files is in the record, and no lock is left."""

    def write(number):
        with new_files(tmp_path) as (scratch, _):
            Path(scratch, f'{number}.eaf').touch()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    names = {f'{number}.eaf' for number in range(40)}
    assert set(os.listdir(tmp_path)) == {DIGESTS, *names}
    assert json.loads((tmp_path / DIGESTS).read_text()).keys() == names


def test_a_long_run_does_not_keep_files_waiting(write, tmp_path):
    """As preparing videos, which locks the folder from start to end."""
    (tmp_path / 'out').mkdir()
    with lock_folder(tmp_path / 'out'):
        assert write('1') == {'a.eaf': '1'}  # the former lock hung here


def test_folders_are_not_placed(tmp_path):
    with pytest.raises(ValueError, match=r"got folders: \['b'\]"):
        with new_files(tmp_path) as (scratch, _):
            Path(scratch, 'a').touch()
            Path(scratch, 'b').mkdir()
    assert not any(tmp_path.iterdir())


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
