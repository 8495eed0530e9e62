# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import shutil
from pathlib import Path

import pytest
import torch

from mmaction_microaction.engine.loso import Fold, loso_config

MATRIX = [[1, 0, 0, 0, 0]] * 5


@pytest.fixture
def tools(fake_tools):
    """What runs the fake tools in this process, and notes the calls."""

    def run(name, args, log):
        run.calls.append([name, *args])
        out = Path(args[args.index('--work-dir') + 1])
        if name == 'train.py':
            shutil.copytree(fake_tools, out, dirs_exist_ok=True)
            return
        (out / 'time').mkdir(parents=True)
        counts = dict(
            classes=list('abcde'),
            confusion=MATRIX,
            subjects={'samm/006': MATRIX},
            sources={})
        (out / 'time' / 'mer_counts.json').write_text(json.dumps(counts))

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


def test_from_the_beginning_to_the_end(make_fold, fake_tools, tools):
    fold, train = make_fold()
    assert not fold.is_done() and fold.epochs_done() == 0
    fold.run(tools)
    assert [call[0] for call in tools.calls] == ['train.py', 'test.py']
    assert '--resume' not in tools.calls[0]
    assert fold.is_done() and fold.epochs_done() == fold.epochs == 2
    result = fold.result()
    assert result['subject'] == 'samm/006' and result['epoch'] == 2
    assert result['counts']['confusion'] == MATRIX
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


def test_the_best_epoch_begins_anew(make_fold, fake_tools, tools):
    """A validation that a kill cut off would be missing in the choice."""
    fold, _ = make_fold('best-uf1', epoch_1=2, best_mer_uf1_epoch_2=2)
    shutil.copy(fake_tools / 'epoch_1.pth',
                fake_tools / 'best_mer_uf1_epoch_1.pth')
    assert fold.epochs_done() == 0  # they will be run again
    fold.run(tools)
    assert '--resume' not in tools.calls[0]
    assert fold.result()['epoch'] == 1


def test_a_test_that_left_a_clip_out(make_fold, tools):
    fold, _ = make_fold(clips=6)
    with pytest.raises(RuntimeError, match='6 clips, but the test scored 5'):
        fold.run(tools)
    assert not fold.is_done()
