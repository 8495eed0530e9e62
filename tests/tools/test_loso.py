# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The real tools: three folds of a tiny network, killed and not."""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import torch
from mmengine.config import Config

from mmaction_microaction.utils.files import lock_folder

TOOL = 'micro_expression/loso.py'


@pytest.fixture(scope='module')
def config(repo, tmp_path_factory, casme2_root):
    """The sample config, as small as it gets."""
    cfg = Config.fromfile(f'{repo}/configs/mmnet_casme2sample.py')
    cfg.model.backbone.update(
        img_size=32, stem_channels=16, channels=(16, 16, 32, 32))
    cfg.model.cls_head.in_channels = 32 * 2 * 2
    for split in ('train', 'val', 'test'):
        dataset = cfg[f'{split}_dataloader'].dataset
        dataset.data_root = casme2_root
        for step in dataset.pipeline:
            if step.type == 'Resize':
                step.scale = (32, 32)
            elif step.type == 'RandomCrop':
                step.size = 32
    cfg.train_cfg.max_epochs = 8
    path = tmp_path_factory.mktemp('loso') / 'tiny.py'
    cfg.dump(path)
    return str(path)


@pytest.fixture(scope='module')
def command(repo, config, tool_env):
    """A function that gives the command and how to start it."""
    tool = str(repo / 'tools' / TOOL)

    def start(out, *args, **kwargs):
        return subprocess.Popen(
            [sys.executable, tool, config, '--out',
             str(out), *args],
            env=dict(tool_env, COLUMNS='80'),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **kwargs)

    return start


@pytest.fixture(scope='module')
def whole(run_tool, config, tool_env, tmp_path_factory):
    """Folder and output of a run of one fold that nobody disturbed."""
    out = tmp_path_factory.mktemp('loso') / 'whole'
    with pytest.MonkeyPatch.context() as patch:
        for key in ('PYTHONPATH', 'OMP_NUM_THREADS', 'CUDA_VISIBLE_DEVICES'):
            patch.setenv(key, tool_env[key])
        patch.setenv('COLUMNS', '80')
        before = signal.getsignal(signal.SIGTERM)
        done = run_tool(TOOL, config, '--out', out, '--folds', 2)
        signal.signal(signal.SIGTERM, before)
    assert done.code == 0, done
    return out, done.out


def test_a_workbook_without_the_extra(run_tool, config, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'openpyxl', None)
    before = signal.getsignal(signal.SIGTERM)
    done = run_tool(TOOL, config, '--out', tmp_path / 'out', '--list')
    signal.signal(signal.SIGTERM, before)
    assert done.code == 2 and len(done.err.strip().splitlines()) == 1
    assert 'need openpyxl: pip install' in done.err


def weights(out, subject):
    path = out / 'folds' / subject / 'weights.pth'
    return torch.load(path, weights_only=False)['state_dict']


@pytest.mark.slow
def test_killed_and_started_again(command, whole, tmp_path):
    out = tmp_path / 'killed'
    process = command(out, '--folds', 'sub02', start_new_session=True)
    train = out / 'folds' / 'sub02' / 'train'
    # Written when the checkpoint of an epoch is whole.
    while process.poll() is None and not (train / 'last_checkpoint').is_file():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (out / 'folds' / 'sub02' / 'result.json').exists()
    process = command(out, '--folds', 'sub02')
    text, _ = process.communicate(timeout=600)
    assert process.returncode == 0, text
    log = (out / 'folds' / 'sub02' / 'train.log').read_text()
    assert re.search('resumed epoch: [1-8]', log)
    # Not only the same table: the very same weights.
    expected, found = weights(whole[0], 'sub02'), weights(out, 'sub02')
    assert all(torch.equal(found[k], value) for k, value in expected.items())
    assert (out / 'loso.json').read_text() == \
        (whole[0] / 'loso.json').read_text()


@pytest.mark.slow
@pytest.mark.parametrize('blow', [signal.SIGTERM, signal.SIGKILL])
def test_only_the_tool_is_killed(command, tmp_path, blow):
    """With SIGTERM what it has started ends, too; after SIGKILL the rest is
    still at work, and the next run notices."""
    log = tmp_path / 'folds' / 'sub02' / 'train.log'
    process = command(tmp_path, '--folds', 'sub02', start_new_session=True)
    try:
        while process.poll() is None and not (log.is_file()
                                              and log.read_text()):
            time.sleep(0.02)
        os.kill(process.pid, blow)
        process.wait(60)
        if blow == signal.SIGTERM:
            assert process.returncode == 143
            assert 'the same command goes on' in process.stdout.read()
            with lock_folder(str(log.parent)):
                pass
        else:
            with pytest.raises(ValueError, match='another run'):
                with lock_folder(str(log.parent)):
                    pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_table_files_and_list(run_tool, config, whole):
    out, text = whole
    assert '1 of 3 subjects, the others are missing; last epoch' in text
    # At 80 columns the classes are not cut off, either.
    for word in ('sub02', 'all clips: UF1', 'F1: happiness', 'repression',
                 'generated faces', '3 clips left out by the scheme'):
        assert word in text
    result = json.loads((out / 'loso.json').read_text())
    assert sum(map(sum, result['counts']['confusion'])) == 5
    assert result['epochs'] == dict(sub02=8)
    for name in ('subjects.csv', 'predictions.csv', 'findings.csv',
                 'confusion.png'):
        assert (out / name).stat().st_size > 0
    done = run_tool(TOOL, config, '--out', out, '--list')
    assert done.code == 0
    for word in ('8 of 8', '0 of 8', 'fear is in none'):
        assert word in done.out


def test_no_such_subject(run_tool, one_line, config, tmp_path):
    one_line(
        run_tool(TOOL, config, '--out', tmp_path, '--folds', 'sub77'),
        "there is no subject 'sub77'")
