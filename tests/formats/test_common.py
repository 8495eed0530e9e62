# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import numpy as np
import pytest

from mmaction_microaction.formats.common import (assign_lanes, find_action,
                                                 report_problems, save,
                                                 to_span, to_xml_text)
from mmaction_microaction.labels import ACTIONS
from mmaction_microaction.results import Segment


@pytest.mark.parametrize('times, span', [
    ((0., 1.), (0, 1000)),
    ((1.0004, 1.0006), (1000, 1001)),
    ((1.0001, 1.0002), (1000, 1001)),
    ((0.0299999, 3599.9996), (30, 3600000)),
])
def test_span(times, span):
    assert to_span(Segment(*times, 0)) == span


@pytest.mark.parametrize('seed', range(10))
def test_lanes_are_free_of_overlap_and_few(seed):
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 60, 40)
    spans = sorted(zip(starts, starts + rng.integers(1, 9, 40)))
    lanes = assign_lanes(spans)
    at_once = [
        sum(start <= t < end for start, end in spans) for t in range(70)
    ]
    assert sorted(set(lanes)) == list(range(max(at_once)))
    for lane in set(lanes):
        its = [span for span, other in zip(spans, lanes) if other == lane]
        assert all(a[1] <= b[0] for a, b in zip(its, its[1:]))


def test_touching_spans_share_a_lane():
    assert assign_lanes([(0, 5), (5, 6), (5, 9), (6, 7)]) == [0, 0, 1, 0]
    assert assign_lanes([]) == []


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
