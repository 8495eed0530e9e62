# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest

from benchmarks import benchmark as tool


@pytest.mark.parametrize('words, text, baseline, files', [
    ('loader --clips {clips}', ['>= 30 (cpu)', '>= 1.35 (cpu)'
                                ], 'stock, raw clips', dict(loader=5)),
    ('model --validate', ['>= 4 (wall)', 'validation'
                          ], 'plain reference, fp32', dict(model=5)),
    ('train --device cpu --batch 1', ['>= 1.8 (wall)'],
     'plain reference, fp32', dict(train_1=10)),
])
def test_commands(words, text, baseline, files, cfgs, sample_root, tmp_path,
                  capsys, monkeypatch):
    monkeypatch.setattr(tool, 'configs', lambda args: cfgs)
    words = words.format(clips=f'{sample_root}/videos_val')
    tool.main([*words.split(), '--quick', '--out', str(tmp_path)])
    out = capsys.readouterr().out
    assert all(word in out for word in text)
    for name, count in files.items():
        records = json.loads((tmp_path / f'{name}.json').read_text())
        names = [row['name'] for row in records['records']]
        assert names[0] == baseline and len(names) == count
        assert '| target |' in (tmp_path / f'{name}.md').read_text()


def test_no_clips(tmp_path, capsys):
    assert tool.main(['loader', '--clips', str(tmp_path)]) == 2
    line, = capsys.readouterr().err.splitlines()
    assert f'--clips {tmp_path}: no *.mp4' in line
