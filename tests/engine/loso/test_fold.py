# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import shutil

import pytest
import torch

from mmaction_microaction.engine.loso import Fold, loso_config

MATRIX = [[1, 0, 0, 0, 0]] * 5


class Tools:
    """Runs a tool of the fake ones in this process' stead."""

    def __init__(self, folder, fold, tested=MATRIX):
        self.folder, self.fold, self.tested = folder, fold, tested
        self.calls = []

    def __call__(self, name, args, log):
        self.calls.append([name, *args])
        out = args[args.index('--work-dir') + 1]
        if name == 'train.py':
            shutil.copytree(self.folder, out, dirs_exist_ok=True)
            return
        folder = shutil.os.path.join(out, 'time')
        shutil.os.makedirs(folder)
        with open(f'{folder}/mer_counts.json', 'w') as file:
            json.dump(
                dict(
                    classes=list('abcde'),
                    confusion=self.tested,
                    subjects={self.fold.subject: self.tested},
                    sources={}), file)


@pytest.fixture
def make_fold(loso_cfg, tmp_path):

    def make(rule='last', clips=5):
        return Fold('samm/006', clips, loso_config(loso_cfg, rule),
                    str(tmp_path / 'out [1]'))

    return make


def test_from_the_beginning_to_the_end(make_fold, fake_tools):
    fold = make_fold()
    (fake_tools / 'folds').mkdir()
    shutil.os.makedirs(fold.folder)
    tools = Tools(fake_tools, fold)
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
    assert not list(fake_tools.parent.glob('out */folds/*/train/*.pth'))
    # Done is done.
    fold.run(tools)
    assert len(tools.calls) == 2


def test_goes_on_from_the_last_whole_checkpoint(make_fold, fake_tools):
    fold = make_fold()
    train = fake_tools.parent / fold.folder / 'train'
    train.mkdir(parents=True)
    shutil.copy(fake_tools / 'epoch_1.pth', train)
    data = (fake_tools / 'epoch_2.pth').read_bytes()
    (train / 'epoch_2.pth').write_bytes(data[:len(data) // 2])
    tools = Tools(fake_tools, fold)
    fold.run(tools)
    assert tools.calls[0][-2:] == ['--resume', str(train / 'epoch_1.pth')]


def test_epoch_ten_is_behind_epoch_nine(make_fold, fake_tools):
    fold = make_fold()
    train = fake_tools.parent / fold.folder / 'train'
    train.mkdir(parents=True)
    for epoch in (9, 10):
        shutil.copy(fake_tools / 'epoch_1.pth', train / f'epoch_{epoch}.pth')
    assert fold.epochs_done() == 10
    tools = Tools(fake_tools, fold)
    fold.run(tools)
    assert tools.calls[0][-1] == str(train / 'epoch_10.pth')


def test_trained_already(make_fold, fake_tools):
    fold = make_fold()
    tools = Tools(fake_tools, fold)
    shutil.os.makedirs(fold.folder)
    fold.run(tools)
    shutil.os.remove(f'{fold.folder}/result.json')
    assert fold.epochs_done() == 2 and not fold.is_done()
    fold.run(tools)
    assert [call[0] for call in tools.calls[2:]] == ['test.py']


def test_the_best_epoch_begins_anew(make_fold, fake_tools):
    """A validation that a kill cut off would be missing in the choice."""
    fold = make_fold('best-uf1')
    train = fake_tools.parent / fold.folder / 'train'
    train.mkdir(parents=True)
    for name in ('epoch_1.pth', 'best_mer_uf1_epoch_2.pth'):
        shutil.copy(fake_tools / 'epoch_2.pth', train / name)
    shutil.copy(fake_tools / 'epoch_1.pth',
                fake_tools / 'best_mer_uf1_epoch_1.pth')
    assert fold.epochs_done() == 0  # they will be run again
    tools = Tools(fake_tools, fold)
    fold.run(tools)
    assert '--resume' not in tools.calls[0]
    assert fold.result()['epoch'] == 1


def test_a_test_that_left_a_clip_out(make_fold, fake_tools):
    fold = make_fold(clips=6)
    shutil.os.makedirs(fold.folder)
    with pytest.raises(RuntimeError, match='6 clips, but the test scored 5'):
        fold.run(Tools(fake_tools, fold))
    assert not fold.is_done()
