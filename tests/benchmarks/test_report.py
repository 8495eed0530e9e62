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


def test_records(report):
    stock, ours = report.records()
    assert stock['cpu_ratio'] == stock['wall_ratio'] == 1
    assert ours['cpu_ms'] == 1000  # 2 s for two clips
    assert ours['clips_per_s'] == 2
    assert (ours['cpu_ratio_q1'], ours['cpu_ratio'],
            ours['cpu_ratio_q3']) == (3, 4, 4)
    assert ours['wall_ratio'] == 5 and ours['rounds'] == 3
    assert (stock['memory_mib'], ours['memory_mib']) == (None, 3)


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
    assert [x['name'] for x in content['records']] == ['stock', 'ours']
    assert content['records'][1]['wall_ratio_q3'] == 7
    assert content['tables'] == [list(x) for x in report.tables()]
    text = open(page).read()
    assert '| ours | 1000 | 500 | 2 | 4.00 [3.00, 4.00] | 3 |' in text
    assert 'A note.' in text and '- CPU: abacus' in text
    assert 'Medians of 3 rounds' in text


def test_screen(report):
    out = io.StringIO()
    report.show(Console(file=out, width=80))
    text = out.getvalue()
    assert 'abacus' in text and '4.00 [3.00, 4.00]' in text
    assert 'A note.' in text
    report.clock = 'wall'
    assert report.tables()[0][1][1][4] == '5.00 [5.00, 7.00]'
    assert max(map(len, text.splitlines())) <= 80
