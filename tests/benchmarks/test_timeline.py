# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks import timeline as tool
from mmaction_microaction.formats import read_ground_truth
from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.synthetic.mma52 import HEADER

# Seconds and class of the actions of three sessions of a minute.
TRUTH = {f'test{i:04d}': [(5 * i + 2., 5 * i + 4., i), (30., 33., 7 + i)]
         for i in range(3)}  # yapf: disable


@pytest.fixture
def calls(monkeypatch):
    """Tools that are called: name, arguments; they leave what is needed."""
    calls = []

    def call(log, name, *args):
        calls.append((name, args))
        folder = Path(log).with_suffix('')
        if name == 'data/make_sample_data.py':
            root = folder / args[args.index('--tasks') + 1]
            for part in ('test', 'rest'):
                (root / f'videos_{part}').mkdir(parents=True)
            for video in TRUTH:
                (root / f'videos_test/{video}.mp4').touch()
            (root / 'videos_rest/rest0000.mp4').touch()
            rows = [(0, video, int(30 * start), int(30 * end), action, 1800,
                     30.) for video, actions in TRUTH.items()
                    for start, end, action in actions]
            with (root / 'test_labels.csv').open('w', newline='') as file:
                csv.writer(file).writerows([HEADER, *rows])
        elif name == 'train.py':
            folder.mkdir(parents=True)
            (folder / 'last_checkpoint').write_text(f'{folder}/epoch_3.pth')
        else:
            Path(args[args.index('--out') + 1]).touch()

    class Model:
        """Right half a second late, but misses the last action of all; a
        calibrated one sees nothing in rest, the others one action a minute."""

        def __init__(self, config, weights, threshold=None):
            self.calibrated = 'calibrated' in weights

        def __call__(self, path):
            name = Path(path).stem
            found = [
                Segment(start + .5, end, action, score=1.)
                for start, end, action in TRUTH.get(name, [])
            ][:1 if name == 'test0002' else 2]
            if name not in TRUTH and not self.calibrated:
                found = [Segment(1, 2, 0)]
            info = VideoInfo(name, path, 80, 64, 1800, 30., 60.)
            none = np.zeros(0)
            return VideoResult(info, np.zeros(52), none, none, np.zeros(
                (0, 52)), found)

    monkeypatch.setattr(tool, 'call_tool', call)
    monkeypatch.setattr(tool, 'MicroActionInferencer', Model)
    for name in ('MA52_ROOT', 'MMA52_ROOT'):
        monkeypatch.setenv(name, '')  # to be put back
    return calls


def test_numbers_pictures_and_a_second_call(calls, tmp_path, capsys):
    command = ['--out', str(tmp_path), '--seeds', '0', '3', '--models']
    assert tool.main([*command, *tool.MODELS]) == 0
    table = capsys.readouterr().out
    assert len(
        read_ground_truth(
            f'{tmp_path}/data/sessions/sessions/test_labels.csv')) == 3
    for row in ('recogniser, default', 'detector, default',
                'detector, calibrated', 'detector, composed, calibrated'):
        line = next(x for x in table.splitlines() if f'| {row} |' in x)
        cells = dict(zip(['model', *tool.KEYS], line.split(' | ')))
        # 5 of 6 are found, the short ones with an overlap of 3 in 4.
        for key in ('action_f1@0.3', 'action_f1@0.7', 'body_f1@0.5'):
            assert cells[key] == '0.91 ± 0.00'
        assert cells['onset'] == '0.50 ± 0.00'
        assert cells['offset'] == cells['ece'] == '0.00 ± 0.00'
        assert cells['alarms'] == \
            ('0.00 ± 0.00' if 'calibrated' in row else '1.00 ± 0.00')
    assert (tmp_path / 'detector_calibrated_worst1.png').stat().st_size
    trained = [args for name, args in calls if name == 'train.py']
    assert len(trained) == 6
    for _, _, work_dir, *options in trained:
        if 'recogniser' not in work_dir:
            seed = Path(work_dir).name
            start = f'{tmp_path}/recogniser/{seed}/epoch_3.pth'
            assert f'model.backbone.init_cfg.checkpoint={start}' in options
            assert any('MA52Dataset' in x for x in options) == \
                ('composed' in work_dir)
    # What is done is not done again.
    del calls[:]
    assert tool.main(command + ['detector']) == 0
    assert capsys.readouterr().out.endswith(table[table.index('| model'):])
    assert not calls
