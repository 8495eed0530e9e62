# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Train, test, dump, submit and score detectors with the stock scripts."""
import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import mmaction
import pytest

from mmaction_microaction.formats import read_detection_submission

STOCK = Path(mmaction.__file__).parent / '.mim' / 'tools'
LOADERS = [
    f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
    for key in ('batch_size=2', 'num_workers=0', 'persistent_workers=False')
]


@pytest.fixture
def tool(repo, tool_env, mma52_root):
    """A function that runs a script and returns its output."""

    def run(script, *args):
        done = subprocess.run(
            [sys.executable, str(script), *map(str, args)],
            cwd=repo,
            env={
                **os.environ,
                **tool_env, 'MMA52_ROOT': mma52_root
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    return run


@pytest.mark.parametrize('name',
                         ['manet_r18_mma52sample', 'dsta_vit_mma52sample'])
def test_from_training_to_a_scored_submission(name, tool, mma52_root,
                                              tmp_path):
    config = f'configs/{name}.py'
    out = tool(STOCK / 'train.py', config, '--work-dir', tmp_path,
               '--cfg-options', 'train_cfg.max_epochs=1', *LOADERS)
    assert 'loss_cls' in out
    checkpoint, dump = tmp_path / 'epoch_1.pth', tmp_path / 'detections.pkl'
    out = tool(STOCK / 'test.py', config, checkpoint, '--work-dir', tmp_path,
               '--dump', dump, '--cfg-options', 'model.head.nms.min_score=0',
               *LOADERS)
    assert 'mma52/action_mAP@0.5' in out
    ann_file = Path(mma52_root, 'val.csv')
    tool('tools/challenge/make_submission.py', dump, '--ann-file', ann_file,
         '--out', tmp_path)
    archive = tmp_path / 'submission.zip'
    with zipfile.ZipFile(archive) as file:
        rows = list(
            csv.reader(file.read('prediction.csv').decode().splitlines()))
    assert rows[0] == ['', 'video_id', 't_start', 't_end', 'class', 'score']
    assert len(rows) > 1
    assert set(read_detection_submission(str(archive))) <= \
        {f'val{i:04d}' for i in range(3)}
    scores = tmp_path / 'scores.json'
    tool('tools/challenge/evaluate.py', archive, '--ann-file', ann_file,
         '--flavour', 'opentad', '--json', scores)
    # The same as the metric said of the predictions themselves.
    scored = json.loads(scores.read_text())
    logs = sorted(tmp_path.glob('*/*.json'))
    tested = json.loads(logs[-1].read_text())
    for key, value in scored.items():
        assert tested[key] == pytest.approx(value, abs=1e-4), key
