# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The steps of make demo; .ci/run does them all, with few clips."""
import json
import os
from multiprocessing import get_context
from pathlib import Path

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


@pytest.mark.parametrize('flags', [[], ['--short']])
def test_a_timeline(load_tool, monkeypatch, tmp_path, capsys, flags):
    demo, steps = load_tool('demo.py'), {}

    class Steps:

        def __init__(self, out, anew):
            Path(out, 'logs').mkdir()

        def __call__(self, title, name, tool, *args):
            steps[name] = args
            if tool == 'train.py':
                folder = Path(args[2])
                folder.mkdir()
                (folder /
                 'last_checkpoint').write_text(f'{folder}/epoch_2.pth')
            elif name == 'calibrate':
                (tmp_path / 'logs/calibrate.log'
                 ).write_text('loading\n      sessions 10\naction F1 0.7\n')

    monkeypatch.setattr(demo, 'Steps', Steps)
    for name in ('MA52_ROOT', 'MMA52_ROOT', 'PYTHONWARNINGS',
                 'OMP_WAIT_POLICY', 'KMP_BLOCKTIME'):
        monkeypatch.setenv(name, '')  # to be put back
    assert demo.main(['--out', str(tmp_path), '--timeline', *flags]) == 0
    said = capsys.readouterr().out
    assert 'action F1 0.7' in said and 'loading' not in said
    assert f'Timeline: {tmp_path}/timeline/test0000/timeline.png' in said
    assert os.environ['MMA52_ROOT'] == f'{tmp_path}/data/sessions'
    # Each step takes what the one before has made.
    manet, detector = (f'{tmp_path}/{x}/epoch_2.pth'
                       for x in ('manet', 'detector'))
    assert f'model.backbone.init_cfg.checkpoint={manet}' in \
        steps['detector_train']
    assert steps['calibrate'][1] == detector
    assert steps['infer'][1] == steps['calibrate'][-1]
    assert ('--cfg-options' in steps['manet_train']) == bool(flags)
