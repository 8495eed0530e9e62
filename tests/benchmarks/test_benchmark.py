# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest

from benchmarks import benchmark as tool


def contestants(path):
    return [row['name'] for row in json.loads(path.read_text())['records']]


@pytest.mark.parametrize('command, words', [
    ('loader', ['DecordInit', 'prepare_videos.py', 'CPU time']),
    ('model', ['prepare_for_inference', 'bfloat16']),
    ('train', ['TSM-R50', 'AMP', '--batch']),
    ('curves', ['workers', '--clips', 'curves.png']),
    ('kernels', ['Triton', 'exit code is 1']),
    ('epoch', ['--workers', 'without loading']),
])
def test_help_teaches(capsys, command, words):
    with pytest.raises(SystemExit) as done:
        tool.main([command, '--help'])
    text = capsys.readouterr().out
    assert done.value.code == 0
    for word in ['Baseline', '--out', '--rounds', '--quick', *words]:
        assert word in text, word


def test_loader(sample_root, tmp_path, capsys):
    tool.main([
        'loader', '--quick', '--clips', f'{sample_root}/videos_val', '--out',
        str(tmp_path)
    ])
    text = capsys.readouterr().out
    assert '>= 30 (cpu)' in text and '>= 1.35 (cpu)' in text
    assert contestants(tmp_path / 'loader.json')[0] == 'stock, raw clips'
    assert '| target |' in (tmp_path / 'loader.md').read_text()


def test_model(cfgs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tool, 'configs', lambda args: cfgs)
    tool.main(['model', '--quick', '--validate', '--out', str(tmp_path)])
    text = capsys.readouterr().out
    assert '>= 4 (wall)' in text and 'validation' in text
    assert len(contestants(tmp_path / 'model.json')) == 5


def test_train(cfgs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tool, 'configs', lambda args: cfgs)
    tool.main([
        'train', '--quick', '--device', 'cpu', '--batch', '1', '2', '--out',
        str(tmp_path)
    ])
    text = capsys.readouterr().out
    assert '>= 1.8 (wall)' in text
    for batch in (1, 2):
        names = contestants(tmp_path / f'train_{batch}.json')
        assert names[0] == 'plain reference, fp32' and len(names) == 10


def test_no_clips(tmp_path, capsys):
    assert tool.main(['loader', '--clips', str(tmp_path)]) == 2
    line, = capsys.readouterr().err.splitlines()
    assert f'--clips {tmp_path}: no *.mp4' in line
