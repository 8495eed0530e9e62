# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import json
from pathlib import Path

import pytest
import torch

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.formats import write_elan
from mmaction_microaction.inference.calibration import KEY, Calibration
from mmaction_microaction.synthetic.mma52 import HEADER

TOOL = 'analysis_tools/calibrate.py'


@pytest.fixture
def files(detector, tmp_path):
    """Config file and checkpoint of a detector."""
    cfg, checkpoint = detector
    cfg.model.head.contrast_weight = 0  # random frames contrast little
    cfg.dump(str(tmp_path / 'tiny.py'))
    return tmp_path / 'tiny.py', checkpoint


@pytest.fixture
def calibrate(expect, files, tmp_path):
    """A function: exit code, arguments -> what the tool says."""
    return lambda code, *args: expect(code, TOOL, *files, *args, '--out',
                                      tmp_path / 'made.pth', '--device', 'cpu')


@pytest.mark.parametrize('kind', ['csv', 'folder'])
def test_a_checkpoint_learns_how_right_it_is(calibrate, expect, files,
                                             mma52_root, tmp_path, kind):
    root, truth = Path(mma52_root), tmp_path / 'corrected'
    # Random weights: what they are sure of is taken for the truth.
    infer, rows = MicroActionInferencer(
        *map(str, files), 'cpu', threshold=.02), []
    truth.mkdir()
    for path in sorted((root / 'videos_val').glob('*.mp4')):
        result = infer(str(path))
        result.segments = [s for s in result.segments if s.duration > .4][:4]
        write_elan(result, truth / f'{path.stem}.eaf')
        total = result.video.num_frames
        rows += [(len(rows), path.stem, round(30 * s.start),
                  round(30 * s.end), s.action, total, 30.)
                 for s in result.segments]  # yapf: disable
    assert len(rows) > 4
    if kind == 'csv':
        truth = tmp_path / 'val.csv'
        with truth.open('w', newline='') as file:
            csv.writer(file).writerows([HEADER, *rows])
    said = calibrate(0, root / 'videos_val', '--truth', truth, '--rest',
                     root / 'videos_test/test0000.mp4')
    assert 'sessions  4' in said.out and 'made.pth' in said.out
    saved = torch.load(tmp_path / 'made.pth', weights_only=True)
    made = Calibration.from_dict(saved[KEY], 52)
    assert made.measured['segments'] == len(rows)
    expect(0, 'infer.py', files[0], tmp_path / 'made.pth',
           root / 'videos_val/val0000.mp4', '--out', tmp_path / 'out',
           '--outputs', 'csv', '--device', 'cpu')
    content = json.load((tmp_path / 'out/val0000/predictions.json').open())
    assert content['settings']['confidence']['sessions'] == 4


def test_what_it_refuses(calibrate, expect, manet_files, mma52_root, tmp_path):
    root = Path(mma52_root)
    val, truth = root / 'videos_val', ('--truth', root / 'val.csv')
    said = calibrate(2, val, root / 'videos_test', *truth)
    assert 'has no annotations of' in said.err and 'test0000' in said.err
    (tmp_path / 'none').mkdir()
    said = calibrate(2, val, tmp_path / 'none', *truth)
    assert 'there are no videos in' in said.err
    said = calibrate(2, val / 'val0000.mp4', tmp_path / 'gone.mp4', *truth)
    assert 'gone.mp4 does not exist' in said.err
    said = calibrate(2, val / 'val0000.mp4', *truth)
    assert 'at least two sessions' in said.err and 'videos' not in said.err
    said = calibrate(2, val, '--truth', tmp_path / 'none')
    assert 'none' in said.err
    said = calibrate(2, val, *truth, '--rest', val / 'val0000.mp4')
    assert 'has annotations of it' in said.err
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other/val0000.mp4').symlink_to(root /
                                                'videos_test/test0000.mp4')
    said = calibrate(2, val, tmp_path / 'other', *truth)
    assert 'two videos are named val0000' in said.err
    said = expect(2, TOOL, *manet_files, val, *truth, '--out', tmp_path / 'x')
    assert 'calibration is for detectors' in said.err
    assert not (tmp_path / 'made.pth').exists()
