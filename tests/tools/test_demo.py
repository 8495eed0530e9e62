# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The steps of make demo; .ci/run does them all, with few clips."""
import json
from multiprocessing import get_context

import pytest

TRAIN = """
import pathlib, sys
print('Epoch(train) [1]')
work = pathlib.Path(sys.argv[3])
work.mkdir(exist_ok=True)
(work / 'epoch_1.pth').touch()
sys.exit('no power' if '--resume' not in sys.argv else 0)
"""


def test_a_second_run_goes_on(load_tool, monkeypatch, tmp_path, capsys):
    demo = load_tool('demo.py')
    monkeypatch.setattr(demo, 'FORKS', get_context('fork'))
    monkeypatch.setattr(demo, 'TOOLS', str(tmp_path))
    (tmp_path / 'train.py').write_text(TRAIN)
    (tmp_path / 'test.py').write_text('print("tested")')
    work, logs = tmp_path / 'work', tmp_path / 'logs'

    def run(anew=False):
        step = demo.Steps(str(tmp_path), anew)
        step('Train', 'a', 'train.py', 'config.py', '--work-dir', str(work))
        step('Test', 'b', 'test.py')
        return capsys.readouterr().out

    with pytest.raises(SystemExit, match='train.py failed.*a.log'):
        run()
    assert 'no power' in capsys.readouterr().out
    assert 'Epoch(train) [1]' in (logs / 'a.log').read_text()
    (work / 'kept').touch()
    assert 'done before' not in run() and (work / 'kept').exists()
    assert json.loads((logs / 'b.json').read_text())['done']
    assert run().count('done before') == 2
    with pytest.raises(SystemExit):  # from the start, so without --resume
        run(anew=True)
    assert not (work / 'kept').exists()
