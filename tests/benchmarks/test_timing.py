# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Rounds of contestants, the floor below them, the report of both."""
import io
import json
import time

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

from benchmarks import floor
from benchmarks.report import Report, Target
from benchmarks.timing import Row, compare, spread


def test_ratio_is_taken_within_each_round():
    assert spread(np.array([5., 1., 3., 2., 4.])) == (3, 2, 4)
    # The machine slows down by ten half-way; the ratio does not.
    slow = Row('slow', np.array([2., 2, 20, 20]), np.array([1., 1, 1, 1]))
    fast = Row('fast', np.array([1., 1, 10, 10]), np.array([2., 2, 2, 2]))
    assert fast.speedup_over(slow) == (2, 2, 2)
    assert fast.speedup_over(slow, 'wall') == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="clock.*'gpu'"):
        fast.speedup_over(slow, 'gpu')
    with pytest.raises(ValueError, match='4 rounds.*1'):
        slow.speedup_over(Row('other', np.ones(1), np.ones(1)))


def test_everyone_takes_turns():
    calls = []
    contestants = {x: lambda x=x: calls.append(x) for x in 'abc'}
    rows = compare(contestants, 'b', rounds=3, warmup=1)
    assert [row.name for row in rows] == ['b', 'a', 'c']
    turns = [calls[i:i + 3] for i in range(0, 12, 3)]
    assert all(sorted(turn) == ['a', 'b', 'c'] for turn in turns)
    assert len({turn[0] for turn in turns[1:]}) == 3  # each is first once
    assert all(len(row.cpu) == len(row.wall) == 3 for row in rows)
    assert all(row.memory is None for row in rows)


def test_the_quick_are_called_more_often():
    calls, told = [], []
    who = {'a': lambda: calls.append(time.sleep(0.001))}
    row, = compare(who, 'a', 2, min_seconds=0.01, progress=told.append)
    assert len(calls) > 3 and told == ['a'] * 3
    # Of one call, which waited and did not compute.
    assert 0.001 <= row.wall[0] < 0.01 and row.cpu[0] < row.wall[0]


@pytest.mark.parametrize('arguments, words', [
    (dict(baseline='x'), "baseline.*'a'.*'x'"),
    (dict(baseline='a', rounds=0), 'rounds >= 1'),
    (dict(baseline='a', warmup=-1), 'warmup >= 0'),
])
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        compare({'a': int}, **arguments)


def test_work_of_a_small_network():
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False), nn.ReLU(), nn.Flatten(),
        nn.Linear(4 * 6 * 6, 5))
    x = torch.zeros(2, 3, 8, 8)
    work = floor.count_work(net, lambda: net(x))
    outputs = 2 * 4 * 6 * 6
    assert work.flops == 2 * (outputs * 3 * 9 + 2 * 5 * 144)
    numbers = (2 * 3 * 64 + 4 * 27 + outputs) + (outputs + 5 * 144 + 10)
    assert work.bytes == 4 * numbers
    with pytest.raises(RuntimeError):
        floor.count_work(net, lambda: net(torch.zeros(3)))
    assert not net[0]._forward_hooks  # nothing stays behind


def test_the_floor(monkeypatch):
    assert 1e7 < floor.matmul_rate(torch.float32, 128) < 1e14
    assert 1e7 < floor.copy_rate(2**20) < 1e13
    monkeypatch.setattr(floor, 'matmul_rate', lambda dtype: 1e10)
    monkeypatch.setattr(floor, 'copy_rate', lambda: 1e9)
    work = floor.Work(10**9, 5 * 10**8)
    note = floor.floor_note('x', work, torch.float32, 1.)
    assert '100 ms' in note and '500 ms' in note
    assert note.endswith('measured 1000 ms, 2.0 times the larger of the two.')


@pytest.fixture
def report():
    rows = [
        Row('stock', np.array([4., 4, 8]), np.array([5., 5, 9])),
        Row('ours', np.array([1., 2, 2]), np.array([1., 1, 1]), 3 * 2**20)
    ]
    targets = [Target('ours', 'stock', 3.5), Target('nobody', 'stock', 1)]
    targets.append(Target('ours', 'stock', 6, 'wall'))
    return Report('a test', rows, dict(CPU='abacus'), 2, 'cpu', targets,
                  ['A note.'])


def test_report_on_the_screen(report):
    """Targets stand beside what was measured."""
    assert report.tables()[1] == ([
        'contestant', 'relative to', 'target', 'measured', 'met'
    ], [['ours', 'stock', '>= 3.5 (cpu)', '4.00 [3.00, 4.00]', 'yes'],
        ['ours', 'stock', '>= 6 (wall)', '5.00 [5.00, 7.00]', 'no']])
    out = io.StringIO()
    report.show(Console(file=out, width=80))
    text = out.getvalue()
    for word in ('abacus', '4.00 [3.00, 4.00]', 'A note.'):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80
    report.clock = 'wall'
    assert report.tables()[0][1][1][4] == '5.00 [5.00, 7.00]'


def test_files_of_a_report(report, tmp_path):
    table, page = report.write(str(tmp_path / 'new'))
    content = json.loads(open(table).read())
    stock, ours = content['records']
    assert stock['cpu_ratio'] == stock['wall_ratio'] == 1
    cpu = dict(cpu_ms=1000, cpu_ratio_q1=3, cpu_ratio=4, cpu_ratio_q3=4)
    wall = dict(wall_ms=500, wall_ratio_q1=5, wall_ratio=5, wall_ratio_q3=7)
    rest = dict(name='ours', clips_per_s=2, rounds=3, memory_mib=3)
    assert ours == {**rest, **cpu, **wall}  # 2 s for two clips
    assert content['tables'] == [list(x) for x in report.tables()]
    text = open(page).read()
    assert '| ours | 1000 | 500 | 2 | 4.00 [3.00, 4.00] | 3 |' in text
    assert 'A note.' in text and '- CPU: abacus' in text
    assert 'Medians of 3 rounds' in text
