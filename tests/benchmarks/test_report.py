# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io
import json

import numpy as np
import pytest
from rich.console import Console

from benchmarks.report import Report, Target
from benchmarks.timing import Row


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


def test_targets_stand_beside_what_was_measured(report):
    header, body = report.tables()[1]
    assert header == ['target', 'over', 'wanted', 'measured', 'met']
    assert body == [
        ['ours', 'stock', '>= 3.5 (cpu)', '4.00 [3.00, 4.00]', 'yes'],
        ['ours', 'stock', '>= 6 (wall)', '5.00 [5.00, 7.00]', 'no'],
    ]


def test_files(report, tmp_path):
    table, page = report.write(str(tmp_path / 'new'))
    content = json.loads(open(table).read())
    stock, ours = content['records']
    assert stock['cpu_ratio'] == stock['wall_ratio'] == 1
    cpu = dict(cpu_ms=1000, cpu_ratio_q1=3, cpu_ratio=4, cpu_ratio_q3=4)
    wall = dict(wall_ms=500, wall_ratio_q1=5, wall_ratio=5, wall_ratio_q3=7)
    assert ours == dict(  # 2 s for two clips
        name='ours',
        clips_per_s=2,
        rounds=3,
        memory_mib=3,
        **cpu,
        **wall)
    assert content['tables'] == [list(x) for x in report.tables()]
    text = open(page).read()
    assert '| ours | 1000 | 500 | 2 | 4.00 [3.00, 4.00] | 3 |' in text
    assert 'A note.' in text and '- CPU: abacus' in text
    assert 'Medians of 3 rounds' in text


def test_screen(report):
    out = io.StringIO()
    report.show(Console(file=out, width=80))
    text = out.getvalue()
    for word in ('abacus', '4.00 [3.00, 4.00]', 'A note.'):
        assert word in text
    report.clock = 'wall'
    assert report.tables()[0][1][1][4] == '5.00 [5.00, 7.00]'
    assert max(map(len, text.splitlines())) <= 80
