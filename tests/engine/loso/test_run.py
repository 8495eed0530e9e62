# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil

import pytest
import torch

from mmaction_microaction.engine.loso import LosoReport, LosoRun
from mmaction_microaction.engine.loso import run as loso_run
from mmaction_microaction.utils.locks import lock_folder


@pytest.fixture
def start(loso_cfg, tmp_path):
    """A function that opens a run in the same folder."""
    return lambda **kwargs: LosoRun(loso_cfg, str(tmp_path / 'out'), **kwargs)


def test_some_folds_and_then_all(start, fake_tools):
    run = start(folds=['S2', 'sub02'])
    run.run(str(fake_tools))
    assert [fold.subject for fold in run.done()] == ['sub02']
    # One that fails does not stop the others.
    (fake_tools / 'fail_sub01').touch()
    run, seen = start(), []
    assert [fold.subject for fold in run.folds] == ['sub01', 'sub02', 'sub03']
    assert [fold.clips for fold in run.folds] == [5, 5, 5]
    run.run(
        str(fake_tools), 2,
        lambda run: seen.append(sum(x.at_work for x in run.folds)))
    assert 1 <= max(seen) <= 2 and not any(x.at_work for x in run.folds)
    assert list(run.errors) == ['sub01'] and len(run.done()) == 2
    assert 'the disk is on fire' in run.errors['sub01']
    assert 'train.log' in run.errors['sub01']
    os.remove(fake_tools / 'fail_sub01')
    # Nor does one that another run is at work on.
    with lock_folder(run.folds[0].folder):
        run.run(str(fake_tools))
    assert list(run.errors) == ['sub01']
    assert 'another run' in run.errors['sub01']
    run.run(str(fake_tools))
    assert not run.errors and len(run.done()) == 3
    # Each was tested once, on its own config.
    calls = (fake_tools / 'calls.txt').read_text().split()
    assert sorted(calls) == ['test.py'] * 3 + ['train.py'] * 4
    assert LosoReport(run, 'last').counts['confusion'] == [[3, 0, 0, 0, 0]] * 5


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
    assert (fake_tools / 'calls.txt').read_text() == 'train.py\ntest.py\n'


@pytest.mark.parametrize(
    'gpus, variables, worker, expected',
    [
        (0, dict(CUDA_VISIBLE_DEVICES=''), (1, 3), ('2', '')),
        (0, dict(OMP_NUM_THREADS='5'), (0, 2), ('5', None)),
        (0, dict(), (0, 99), ('1', None)),
        (2, dict(), (1, 2), ('4', '1')),
        # Three workers on two of several GPUs.
        (2, dict(CUDA_VISIBLE_DEVICES='3,5'), (1, 3), ('2', '5')),
        (2, dict(CUDA_VISIBLE_DEVICES='3,5'), (2, 3), ('2', '3')),
    ])
def test_cores_and_gpus(gpus, variables, worker, expected, monkeypatch):
    names = ('OMP_NUM_THREADS', 'CUDA_VISIBLE_DEVICES')
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, 'cpu_count', lambda: 8)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: gpus)
    env = loso_run._environment(*worker)
    assert tuple(map(env.get, names)) == expected


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
