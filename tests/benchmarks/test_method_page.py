# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest

from benchmarks.method_page import Results, build_page, page_rows
from benchmarks.methods import Budget


def test_results_outlive_the_process(tmp_path):
    path = str(tmp_path / 'results.json')
    results = Results(path, Budget(epochs=2), 'cpu')
    assert results.method('c3d') == dict(runs={})
    results.method('c3d')['gflops'] = 1.5
    results.save()
    again = Results(path, Budget(epochs=2), 'cpu')
    assert again.method('c3d')['gflops'] == 1.5
    assert json.loads((tmp_path / 'results.json').read_text()) == again.data
    for budget, device in ((Budget(epochs=3), 'cpu'), (Budget(epochs=2),
                                                       'cuda')):
        with pytest.raises(ValueError, match='another --out'):
            Results(path, budget, device)


def test_the_page_says_what_was_not_run():
    results = dict(
        manet_r50=dict(
            parameters=32.279,
            gflops=4.123,
            cpu_ms=99.6,
            runs={
                '0': dict(f1_mean=0.5, two_way=0.9),
                '1': dict(f1_mean=0.7, two_way=0.9)
            }),
        tsn_r50=dict(parameters=23.6, runs={}))
    rows = {row['method'].split(']')[0][1:]: row for row in page_rows(results)}
    assert len(rows) == 10
    manet = list(rows['MANet'].values())[1:]
    assert manet == [
        '60.0 ± 14.1', '90.0 ± 0.0', '32.28', '4.12', '100', '2', '-', '-'
    ]
    assert list(rows['TSN'].values())[1:] == [
        '-', '-', '23.60', '-', '-', '-', '-', '-'
    ]
    assert set(list(rows['C3D'].values())[1:]) == {'-'}
    page = build_page(results, Budget(epochs=4), 'python x.py',
                      dict(CPU='abacus'))
    assert '| 60.0 ± 14.1 |' in page and '- CPU: abacus' in page
    assert '4 epochs' in page and 'python x.py' in page
