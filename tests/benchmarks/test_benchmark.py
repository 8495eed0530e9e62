# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest

from benchmarks import benchmark as tool


def contestants(path):
    return [row['name'] for row in json.loads(path.read_text())['records']]


def test_loader(sample_root, tmp_path, capsys):
    clips = f'{sample_root}/videos_val'
    tool.main(['loader', '--quick', '--clips', clips, '--out', str(tmp_path)])
    text = capsys.readouterr().out
    assert '>= 30 (cpu)' in text and '>= 1.35 (cpu)' in text
    assert contestants(tmp_path / 'loader.json')[0] == 'stock, raw clips'
    assert '| target |' in (tmp_path / 'loader.md').read_text()


@pytest.mark.parametrize('words, text, files', [
    ('model --validate', ['>= 4 (wall)', 'validation'], dict(model=5)),
    ('train --device cpu --batch 1 2', ['>= 1.8 (wall)'
                                        ], dict(train_1=10, train_2=10)),
])
def test_model_and_train(words, text, files, cfgs, tmp_path, capsys,
                         monkeypatch):
    monkeypatch.setattr(tool, 'configs', lambda args: cfgs)
    tool.main([*words.split(), '--quick', '--out', str(tmp_path)])
    out = capsys.readouterr().out
    assert all(word in out for word in text)
    for name, count in files.items():
        names = contestants(tmp_path / f'{name}.json')
        assert names[0] == 'plain reference, fp32' and len(names) == count


def test_no_clips(tmp_path, capsys):
    assert tool.main(['loader', '--clips', str(tmp_path)]) == 2
    line, = capsys.readouterr().err.splitlines()
    assert f'--clips {tmp_path}: no *.mp4' in line
