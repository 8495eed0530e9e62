# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import importlib.util
from pathlib import Path

import pytest
from mmengine.config import Config

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location(
        'benchmark_tool', REPO / 'benchmarks/benchmark.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small(tool, tiny_manet, monkeypatch):
    """Both networks small."""
    tsm = Config.fromfile(str(REPO / 'configs' / 'tsm_r50_ma52.py'))
    tsm.model.backbone.depth = 18
    tsm.model.cls_head.in_channels = 512
    monkeypatch.setattr(tool, 'configs', lambda args: dict(
        manet=tiny_manet, tsm=tsm))  # yapf: disable


def contestants(path):
    with open(path, newline='') as f:
        return [row['name'] for row in csv.DictReader(f)]


@pytest.mark.parametrize('command, words', [
    ('loader', ['DecordInit', 'prepare_videos.py', 'CPU time']),
    ('model', ['prepare_for_inference', 'bfloat16']),
    ('train', ['TSM-R50', 'AMP', '--batch']),
    ('curves', ['workers', '--clips', 'curves.png']),
])
def test_help_teaches(tool, capsys, command, words):
    with pytest.raises(SystemExit) as done:
        tool.main([command, '--help'])
    text = capsys.readouterr().out
    assert done.value.code == 0
    for word in ['Baseline', '--out', '--rounds', '--quick', *words]:
        assert word in text, word


def test_loader(tool, sample_root, tmp_path, capsys):
    tool.main([
        'loader', '--quick', '--clips', f'{sample_root}/videos_val', '--out',
        str(tmp_path)
    ])
    text = capsys.readouterr().out
    assert '>= 30 (cpu)' in text and '>= 1.35 (cpu)' in text
    assert contestants(tmp_path / 'loader.csv')[0] == 'stock, raw clips'
    assert '| target |' in (tmp_path / 'loader.md').read_text()


def test_model(tool, small, tmp_path, capsys):
    tool.main(['model', '--quick', '--validate', '--out', str(tmp_path)])
    text = capsys.readouterr().out
    assert '>= 4 (wall)' in text and 'validation' in text
    assert len(contestants(tmp_path / 'model.csv')) == 5


def test_train(tool, small, tmp_path, capsys):
    tool.main([
        'train', '--quick', '--device', 'cpu', '--batch', '1', '2', '--out',
        str(tmp_path)
    ])
    text = capsys.readouterr().out
    assert '>= 1.8 (wall)' in text
    for batch in (1, 2):
        names = contestants(tmp_path / f'train_{batch}.csv')
        assert names[0] == 'plain reference, fp32' and len(names) == 10


def test_no_clips(tool, tmp_path):
    with pytest.raises(SystemExit, match=f'--clips {tmp_path}: no .*mp4'):
        tool.main(['loader', '--clips', str(tmp_path)])
