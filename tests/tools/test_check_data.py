# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmaction_microaction.utils.video_writer import write_video

REPO = Path(__file__).parents[2]


def run(*args):
    env = dict(os.environ, PYTHONPATH=str(REPO), COLUMNS='200')
    return subprocess.run([
        sys.executable, REPO / 'tools/data/check_data.py', *args, '--workers=1'
    ],
                          env=env,
                          capture_output=True,
                          text=True)


@pytest.fixture
def root(tmp_path):
    """Three good training clips and a test list with dummy zeros."""
    frames = np.random.default_rng(0).integers(
        0, 256, (8, 64, 80, 3), dtype=np.uint8)
    for split, names in dict(
            train=['0001_a.mp4', '0001_b.mp4', '0002_a.mp4'],
            test=['test0000.mp4', 'test0001.mp4']).items():
        folder = tmp_path / f'videos_{split}'
        folder.mkdir()
        for name in names:
            write_video(folder / name, frames)
        labels = [9, 9, 3] if split == 'train' else [0, 0]
        (tmp_path / f'{split}_list_videos.txt').write_text('\r\n'.join(
            f'{name} {label}' for name, label in zip(names, labels)))
    return tmp_path


def test_good_data(root):
    done = run(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'train: 3 clips' in done.stdout
    assert 'classes present: 2 of 52' in done.stdout
    assert 'smallest present class = 2.0' in done.stdout
    assert 'test: 2 clips' in done.stdout and 'no labels' in done.stdout
    assert '0 problems' in done.stdout


def test_everything_wrong_is_named(root):
    videos = root / 'videos_train'
    data = (videos / '0001_a.mp4').read_bytes()
    (videos / '0001_a.mp4').write_bytes(b'')
    (videos / '0001_b.mp4').write_bytes(data[:len(data) // 2])
    (videos / '0002_a.mp4').write_text('not a video\n' * 50)
    with open(root / 'train_list_videos.txt', 'a') as file:
        file.write('\nmissing.mp4 1\nlate.mp4 52\nnolabel.mp4\n')
    out = root / 'problems.csv'
    done = run(root, '--splits', 'train', '--full', '--csv', out)
    assert done.returncode == 1, done.stdout + done.stderr
    with open(out, newline='') as file:
        rows = list(csv.DictReader(file))
    expected = [('train_list_videos.txt:5', "'52'"),
                ('train_list_videos.txt:6', 'no label'),
                ('0001_a.mp4', 'empty'), ('0001_b.mp4', 'cut off'),
                ('0002_a.mp4', 'not a video'), ('missing.mp4', 'missing')]
    assert len(rows) == len(expected)
    for row, (where, what) in zip(rows, expected):
        assert row['split'] == 'train'
        assert where in row['problem'] and what in row['problem']
        assert row['problem'] in done.stdout
    assert '6 problems' in done.stdout
    assert done.stderr == '' or 'ERROR' not in done.stderr


def test_no_data(tmp_path):
    done = run(tmp_path / 'nowhere')
    assert done.returncode == 1
    assert 'make_sample_data.py' in done.stderr
    assert 'Traceback' not in done.stderr
