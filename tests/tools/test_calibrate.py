# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import json
from pathlib import Path

import pytest
import torch

from mmaction_microaction.formats import write_elan
from mmaction_microaction.inference.calibration import KEY, Calibration
from mmaction_microaction.results import Segment, VideoInfo, VideoResult

TOOL = 'analysis_tools/calibrate.py'


@pytest.fixture
def calibrate(expect, manet_files, tmp_path):
    """A function: exit code, arguments -> what the tool says."""
    return lambda code, *args: expect(code, TOOL, *manet_files, *args, '--out',
                                      tmp_path / 'made.pth', '--windows', '.5',
                                      '--device', 'cpu')


@pytest.mark.parametrize('kind', ['csv', 'folder'])
def test_a_checkpoint_learns_how_right_it_is(calibrate, expect, manet_files,
                                             mma52_root, tmp_path, kind):
    root = Path(mma52_root)
    truth = root / 'val.csv'
    if kind == 'folder':
        spans = {}
        for row in csv.DictReader(truth.open()):
            spans.setdefault(row['video_id'], []).append(
                Segment(
                    int(row['start_frame']) / 30,
                    int(row['end_frame']) / 30, int(row['class'])))
        truth = tmp_path / 'corrected'
        truth.mkdir()
        for name, segments in spans.items():
            info = VideoInfo(name, '', 64, 80, 90, 30., 3.)
            write_elan(
                VideoResult(info, *[()] * 4, segments), truth / f'{name}.eaf')
    said = calibrate(0, root / 'videos_val', '--truth', truth, '--rest',
                     root / 'videos_test/test0000.mp4')
    assert 'sessions  4' in said.out and 'made.pth' in said.out
    saved = torch.load(tmp_path / 'made.pth', weights_only=True)
    made = Calibration.from_dict(saved[KEY], 52)
    rows = len(list(csv.DictReader((root / 'val.csv').open())))
    assert made.measured['segments'] == rows and made.settings['window'] == .5
    expect(0, 'infer.py', manet_files[0], tmp_path / 'made.pth',
           root / 'videos_val/val0000.mp4', '--out', tmp_path / 'out',
           '--outputs', 'csv', '--device', 'cpu')
    content = json.load((tmp_path / 'out/val0000/predictions.json').open())
    assert content['settings']['confidence']['sessions'] == 4


def test_what_it_refuses(calibrate, mma52_root, tmp_path):
    root = Path(mma52_root)
    said = calibrate(2, root / 'videos_val', root / 'videos_test', '--truth',
                     root / 'val.csv')
    assert 'has nothing about' in said.err and 'test0000' in said.err
    (tmp_path / 'none').mkdir()
    said = calibrate(2, root / 'videos_val', '--truth', tmp_path / 'none')
    assert 'no file with one of the endings' in said.err
    assert not (tmp_path / 'made.pth').exists()
