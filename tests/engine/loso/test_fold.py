# Copyright (c) mmaction-microaction contributors. All rights reserved.
import runpy
import shutil
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
import torch

from mmaction_microaction.engine.loso import Fold, loso_config


@pytest.fixture
def tools(fake_tools):
    """What runs the fake tools in this process, and notes the calls."""

    def run(name, args, log):
        run.calls.append([name, *args])
        with patch.object(sys, 'argv', [name, *args]):
            runpy.run_path(str(fake_tools / name))

    run.calls = []
    return run


@pytest.fixture
def make_fold(loso_cfg, tmp_path, fake_tools):
    """A function that makes a fold, with an epoch for each checkpoint of the
    fake tools that its training is to have."""

    def make(rule='last', clips=5, **checkpoints):
        fold = Fold('samm/006', clips, loso_config(loso_cfg, rule),
                    str(tmp_path / 'out [1]'))
        train = Path(fold.folder, 'train')
        train.mkdir(parents=True)
        for name, epoch in checkpoints.items():
            shutil.copy(fake_tools / f'epoch_{epoch}.pth',
                        train / f'{name}.pth')
        return fold, train

    return make


def test_from_the_beginning_to_the_end(make_fold, tools):
    fold, train = make_fold()
    assert not fold.is_done() and fold.epochs_done() == 0
    fold.run(tools)
    assert [call[0] for call in tools.calls] == ['train.py', 'test.py']
    assert '--resume' not in tools.calls[0]
    assert fold.is_done() and fold.epochs_done() == fold.epochs == 2
    result = fold.result()
    assert result['subject'] == 'samm/006' and result['epoch'] == 2
    assert result['counts']['confusion'] == [[1, 0, 0, 0, 0]] * 5
    # The weights of the last epoch, and nothing else.
    weights = torch.load(tools.calls[1][2])
    assert set(weights) == {'meta', 'state_dict'}
    assert weights['state_dict']['x'] == 2
    assert not list(train.glob('*.pth'))
    # Done is done.
    fold.run(tools)
    assert len(tools.calls) == 2
    # Trained already.
    Path(fold.folder, 'result.json').unlink()
    assert fold.epochs_done() == 2 and not fold.is_done()
    fold.run(tools)
    assert [call[0] for call in tools.calls[2:]] == ['test.py']


def test_goes_on_from_the_last_whole_checkpoint(make_fold, tools):
    # 10 is behind 9, and 11 was cut off.
    fold, train = make_fold(epoch_9=1, epoch_10=1, epoch_11=2)
    data = (train / 'epoch_11.pth').read_bytes()
    (train / 'epoch_11.pth').write_bytes(data[:len(data) // 2])
    assert fold.epochs_done() == 11
    fold.run(tools)
    assert tools.calls[0][-2:] == ['--resume', str(train / 'epoch_10.pth')]


def test_the_best_epoch_begins_anew(make_fold, tools):
    """A validation that a kill cut off would be missing in the choice."""
    fold, _ = make_fold('best-uf1', epoch_1=2, best_mer_uf1_epoch_2=2)
    assert fold.epochs_done() == 0  # they will be run again
    fold.run(tools)
    assert '--resume' not in tools.calls[0]
    assert fold.result()['epoch'] == 1


def test_a_test_that_left_a_clip_out(make_fold, tools):
    fold, _ = make_fold(clips=6)
    with pytest.raises(RuntimeError, match='6 clips, but the test scored 5'):
        fold.run(tools)
    assert not fold.is_done()
