# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The GPU round in tiny sizes on the CPU, and the pages made of it."""
import json
import os
import shutil
import subprocess
import sys

import pytest
import torch

from benchmarks import benchmark, compare_methods, gpu_pages, kernels
from benchmarks.method_page import Results
from benchmarks.methods import Budget

PARTS = 'tests', 'train', 'infer', 'loader', 'methods'


@pytest.fixture
def docs(repo, tmp_path):
    """A folder with the page to fill."""
    folder = tmp_path / 'docs'
    folder.mkdir()
    shutil.copy(repo / 'docs/performance.md', folder)
    return folder


@pytest.fixture
def start(repo, tool_env):
    """A function that runs the script."""
    command = ['bash', str(repo / 'benchmarks/gpu_round.sh')]
    env = dict(tool_env, PYTHON=sys.executable)
    return lambda *words: subprocess.run(
        [*command, *words], env=env, capture_output=True, text=True)


def test_it_explains_itself(start):
    done = start()
    assert done.returncode == 2 and 'tests, train, infer' in done.stdout
    for words in (['nothing'], ['train', '--fast']):
        done = start(*words)
        assert done.returncode == 2 and 'unknown' in done.stderr


@pytest.mark.parametrize('part', PARTS)
@pytest.mark.parametrize('tiny', [[], ['--tiny']])
def test_commands_are_those_of_the_benchmarks(part, tiny, repo, tmp_path):
    """With a stand-in for Python, which prints its arguments."""
    stub = tmp_path / 'python'
    stub.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "$*"\n')
    stub.chmod(0o755)
    done = subprocess.run(
        ['benchmarks/gpu_round.sh', part, *tiny, '--out', tmp_path],
        env=dict(os.environ, PYTHON=str(stub)),
        cwd=repo,
        capture_output=True,
        text=True,
        check=True)
    parsers = dict(benchmark=benchmark, compare_methods=compare_methods)
    commands = [x.split() for x in done.stdout.splitlines()]
    assert commands
    for _, module, *words in commands:
        if module != 'pytest':
            name = module.removeprefix('benchmarks.')
            parsers[name].build_parser().parse_args(words)
            assert (('cuda' in words or '--gpu' in words) is not bool(tiny))


@pytest.mark.slow
def test_parts_in_tiny(start, docs, tmp_path):
    out = tmp_path / 'out'
    for part in ('tests', 'infer'):
        done = start(part, '--tiny', '--out', str(out))
        assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((out / 'model.json').read_text())
    for name, title in (('train_2', 'train 2'), ('epoch', 'epoch')):
        (out / f'{name}.json').write_text(
            json.dumps(dict(result, title=title)))
    assert gpu_pages.main([str(out), '--docs', str(docs)]) == 0
    page = (docs / 'performance.md').read_text()
    for text in ('gradient of the gate', '**train 2**, on CPU', '**model**',
                 '**epoch**'):
        assert text in page


NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA')


@pytest.mark.parametrize('device, ways', [
    ('cpu', ['network']),
    pytest.param('cuda', ['network', 'Triton'], marks=NO_CUDA),
])
def test_values_and_gradients(device, ways, tmp_path, monkeypatch):
    assert kernels.write_check(device, True, str(tmp_path))
    records = json.loads((tmp_path / 'kernels.json').read_text())['records']
    assert {x['way'] for x in records} == set(ways)
    assert len(records) == len(ways) * 2 * 2 * 3
    monkeypatch.setattr(kernels, 'fused', lambda x, gate, t: x * gate)
    assert not kernels.write_check(device, True, str(tmp_path))
    assert '0 of 2' in (tmp_path / 'kernels.md').read_text()


def test_the_methods_make_a_section(tmp_path, docs, capsys):
    command = [str(tmp_path / 'out'), '--docs', str(docs)]
    assert gpu_pages.main(command) == 2
    assert 'no results in' in capsys.readouterr().err
    path = tmp_path / 'out' / 'methods' / 'results.json'
    path.parent.mkdir(parents=True)
    results = Results(str(path), Budget(3), 'cuda')
    results.data['machine'] = dict(GPU='abacus')
    results.method('c3d').update(runs={'0': {}}, clips_per_s=800.)
    results.save()
    before = (docs / 'performance.md').read_text()
    assert gpu_pages.main(command) == 0
    page = (docs / 'performance.md').read_text()
    assert '[C3D](../configs/c3d_ma52.py) | - | - | - | 800 | - |\n' in page
    assert '- GPU: abacus' in page and 'F1 mean' not in page
    assert 'compare_methods --gpu --seeds 0 --epochs 3\n' in page
    place = '<!-- gpu:methods -->'
    assert page.partition(place)[0] == before.partition(place)[0]
