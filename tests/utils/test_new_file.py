# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import pytest

from mmaction_microaction.utils.new_file import new_path, new_text_file


def test_whole_or_not_at_all(tmp_path):
    path = tmp_path / 'table.csv'
    with new_text_file(str(path)) as file:
        file.write('ä,b\n')
        assert not path.exists()
    assert path.read_bytes() == 'ä,b\n'.encode()
    with pytest.raises(KeyError):
        with new_text_file(str(path)) as file:
            file.write('half')
            raise KeyError
    assert path.read_text(encoding='utf-8') == 'ä,b\n'
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_file(tmp_path, monkeypatch):
    """As two machines that share a folder."""
    path = tmp_path / 'a.json'
    with new_text_file(str(path), shared=True) as ours:
        ours.write('ours, and long')
        with monkeypatch.context() as patch:
            patch.setattr(os, 'getpid', lambda: 1)
            with new_text_file(str(path), shared=True) as theirs:
                theirs.write('theirs')
        assert path.read_text() == 'theirs'
    assert path.read_text() == 'ours, and long'
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        with new_path(str(tmp_path / 'none.bin')):
            pass
    assert not list(tmp_path.iterdir())
