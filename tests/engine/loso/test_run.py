# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil

import pytest
import torch

from mmaction_microaction.engine.loso import LosoReport, LosoRun
from mmaction_microaction.engine.loso import run as loso_run
from mmaction_microaction.utils.files import lock_folder


def calls(tools):
    """Paths of the tools that were called, in order."""
    lines = (tools / 'calls.txt').read_text().splitlines()
    return [line.split()[0] for line in lines]


@pytest.fixture
def start(loso_cfg, tmp_path):
    """A function that opens a run in the same folder."""

    def start(**kwargs):
        return LosoRun(loso_cfg, str(tmp_path / 'out'), **kwargs)

    return start


def test_some_folds_and_then_all(start, fake_tools):
    run = start(folds=['S2', 'sub02'])
    run.run(str(fake_tools))
    assert [fold.subject for fold in run.done()] == ['sub02']
    run, seen = start(), []
    assert [fold.subject for fold in run.folds] == ['sub01', 'sub02', 'sub03']
    assert sum(fold.clips for fold in run.folds) == len(run.dataset) == 15
    run.run(
        str(fake_tools), 2,
        lambda run: seen.append(sum(x.at_work for x in run.folds)))
    assert not run.errors and len(run.done()) == 3
    assert 1 <= max(seen) <= 2 and not any(x.at_work for x in run.folds)
    # Each was trained and tested once, on its own config.
    names = [call.rpartition('/')[2] for call in calls(fake_tools)]
    assert sorted(names) == ['test.py'] * 3 + ['train.py'] * 3
    assert LosoReport(run, 'last').counts['confusion'] == [[3, 0, 0, 0, 0]] * 5


def test_a_fold_that_fails_does_not_stop_the_others(start, fake_tools):
    (fake_tools / 'fail_sub02').touch()
    run = start()
    run.run(str(fake_tools))
    assert list(run.errors) == ['sub02'] and len(run.done()) == 2
    assert 'the disk is on fire' in run.errors['sub02']
    assert 'train.log' in run.errors['sub02']
    os.remove(fake_tools / 'fail_sub02')
    # Nor does one that another run is at work on.
    with lock_folder(run.folds[1].folder):
        run.run(str(fake_tools))
    assert list(run.errors) == ['sub02']
    assert 'another run' in run.errors['sub02']
    run.run(str(fake_tools))
    assert not run.errors and len(run.done()) == 3


def test_folds_of_two_states_do_not_belong_into_one_table(
        start, loso_cfg, fake_tools, tmp_path, casme2_root):
    root = shutil.copytree(casme2_root, tmp_path / 'casme2')
    for split in ('train', 'val', 'test'):
        loso_cfg[f'{split}_dataloader'].dataset.data_root = str(root)
    start(folds=['1']).run(str(fake_tools))
    with pytest.raises(ValueError, match='experiment.py'):
        start(epoch='best-uf1').run(str(fake_tools))
    shutil.rmtree(start().dataset.get_data_info(0)['frame_dir'])
    with pytest.raises(ValueError, match='clips.csv is not what'):
        start().check_folder()
    loso_cfg.optim_wrapper.optimizer.lr = 1.
    with pytest.raises(ValueError, match='choose another folder'):
        start().run(str(fake_tools))
    assert len(calls(fake_tools)) == 2


def test_cores_and_gpus(monkeypatch):
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    monkeypatch.setattr(os, 'cpu_count', lambda: 8)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    env = loso_run._environment(1, 3)
    assert env['OMP_NUM_THREADS'] == '2' and not env['CUDA_VISIBLE_DEVICES']
    assert loso_run._environment(0, 99)['OMP_NUM_THREADS'] == '1'
    # Three workers on two of several GPUs.
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3,5')
    assert [
        loso_run._environment(i, 3)['CUDA_VISIBLE_DEVICES'] for i in range(3)
    ] == ['3', '5', '3']
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES')
    assert loso_run._environment(1, 2)['CUDA_VISIBLE_DEVICES'] == '1'
    monkeypatch.setenv('OMP_NUM_THREADS', '5')
    assert loso_run._environment(0, 2)['OMP_NUM_THREADS'] == '5'


def test_errors(start, loso_cfg, fake_tools):
    with pytest.raises(ValueError, match='no folds'):
        LosoReport(start(), 'last')
    with pytest.raises(ValueError, match='no subject'):
        start(folds=['sub09'])
    with pytest.raises(ValueError, match='workers'):
        start().run(str(fake_tools), workers=0)
    # Subjects 1 and 3 have a clip of fear, subject 2 has one of sadness.
    dataset = loso_cfg.test_dataloader.dataset
    dataset.scheme = dict(a=['fear'], b=['sadness'])
    start(folds=['sub01'])
    with pytest.raises(ValueError, match="without subject sub02 .* 'a'"):
        start()
    dataset.scheme = dict(b=['sadness'])
    with pytest.raises(ValueError, match='two or more'):
        start()
    loso_cfg.test_dataloader.dataset = dict(type='MA52Dataset')
    with pytest.raises(ValueError, match='MA52Dataset'):
        start()
