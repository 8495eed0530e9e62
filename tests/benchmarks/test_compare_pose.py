# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from pathlib import Path

import pytest

from benchmarks import compare_methods
from benchmarks import compare_pose as tool


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Tools that are called: name, arguments; each training writes a
    checkpoint, each test scores half of its number."""
    calls = []

    def call(log, name, *args):
        calls.append((name, args))
        folder = Path(log).parent
        folder.mkdir(parents=True, exist_ok=True)
        if name == 'train.py':
            config = Path(args[0]).stem
            assert Path(args[0]).is_file() and config in tool.METHODS
            (folder / 'last_checkpoint').write_text(f'{folder}/epoch_1.pth')
        elif name == 'test.py':
            seed = int(folder.name.removeprefix('seed'))
            scores = folder / 'test' / 'now' / '2026.json'
            scores.parent.mkdir(parents=True)
            scores.write_text(
                json.dumps(dict.fromkeys(tool.KEYS.values(), .2 + seed / 10)))

    for module in (tool, compare_methods):
        monkeypatch.setattr(module, 'call_tool', call)
    monkeypatch.setenv('MA52_ROOT', '')  # to be put back
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    return calls


def test_chain_and_table(calls, tmp_path, capsys):
    out = tmp_path / 'out'
    command = ['--out', str(out), '--seeds', '0', '2', '--jobs', '2']
    (out / 'data').mkdir(parents=True)
    assert tool.main(command) == 0
    table = capsys.readouterr().out
    for name, title in tool.METHODS.items():
        assert f'| {title} | `{name}` | 30.0 ± 14.1 | 30.0 ± 14.1 |' in table
    merges = [args for name, args in calls if 'merge' in name]
    assert len(merges) == 2
    for rgb, pose, merged, *_ in merges:
        seed = Path(merged).parent.name
        names = [f'{out}/{x}/{seed}/epoch_1.pth' for x in tool.CHAIN[:2]]
        assert [rgb, pose] == names
        assert any(f'load_from={merged}' in args for _, args in calls)
    # What is done is not done again.
    del calls[:]
    assert tool.main(command) == 0 and capsys.readouterr().out == \
        table[table.index('| method'):]
    assert [name for name, _ in calls
            if name != 'data/make_sample_data.py'] == []


def test_a_failure_is_said_and_the_others_go_on(calls, tmp_path, monkeypatch,
                                                capsys):
    call = tool.call_tool

    def fail(log, name, *args):
        if 'rgbpose_pose' in log:
            raise RuntimeError('no poses')
        call(log, name, *args)

    monkeypatch.setattr(tool, 'call_tool', fail)
    (tmp_path / 'data').mkdir()
    assert tool.main(['--out', str(tmp_path)]) == 1
    text = capsys.readouterr().out
    assert 'seed 0: no poses' in text and 'PoseC3D' in text
    assert 'merged' not in text
