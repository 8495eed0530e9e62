# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import pytest

from mmaction_microaction.formats.common import (find_action, report_problems,
                                                 save, to_xml_text)
from mmaction_microaction.labels import ACTIONS


def test_actions_are_found_by_name_and_code():
    for action in ACTIONS:
        for text in (action.name, action.code, action.name.title(),
                     f'  {action.code.lower()}\n',
                     action.name.replace(' ', '  ')):
            assert find_action(text) is action
    for text in ('', 'B', 'nod', None, 9, '9', 'A1 nodding'):
        assert find_action(text) is None


def test_xml_text():
    assert to_xml_text('a\x00\x07<&\ud800\ufffeé\n') == (
        'a\ufffd\ufffd<&\ufffd\ufffdé\n')


def test_problems():
    report_problems([], 'a.eaf', True)
    many = [f'line {i}' for i in range(12)]
    with pytest.raises(ValueError, match='a.eaf: 12 entries(.|\n)*and 2 more'):
        report_problems(many, 'a.eaf', True)
    with pytest.warns(UserWarning, match='left out 12 entries(.|\n)*line 9'):
        report_problems(many, 'a.eaf', False)


def test_a_file_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / 'new' / 'a.txt'
    save(str(path), b'old')
    save(str(path), b'new')
    assert path.read_bytes() == b'new'

    def fail(*_):
        raise OSError('disk full')

    monkeypatch.setattr(os, 'replace', fail)
    with pytest.raises(OSError):
        save(str(path), b'half')
    assert path.read_bytes() == b'new'
    assert [p.name for p in path.parent.iterdir()] == ['a.txt']


def test_a_bare_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save('a.txt', b'here')
    assert (tmp_path / 'a.txt').read_bytes() == b'here'
