# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import resource
from types import SimpleNamespace

import mmengine.runner
import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub
from mmengine.runner.checkpoint import find_latest_checkpoint

from mmaction_microaction.utils import checkpoint_files


def content(value, size=1000):
    return dict(weight=torch.full((size, ), float(value)))


def read(path):
    return torch.load(path, weights_only=True)['weight'][0].item()


@pytest.fixture
def small_disk():
    """Files may have 100 KB, then writing fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_what_there_was(tmp_path, small_disk):
    path = str(tmp_path / 'a.pth')
    mmengine.runner.save_checkpoint(content(1), path)
    with pytest.raises(ValueError, match='a.pth cannot be .*MB are free'):
        mmengine.runner.save_checkpoint(content(2, 10**6), path)
    assert read(path) == 1 and os.listdir(tmp_path) == ['a.pth']


def test_a_kill_leaves_what_there_was(tmp_path, run_python):
    path = str(tmp_path / 'a.pth')
    checkpoint_files.save_whole(content(1), path)
    run_python(f'''
        import os, torch
        from mmaction_microaction.utils import checkpoint_files, files
        files.os.replace = lambda *args: os._exit(0)
        checkpoint_files.save_whole(dict(weight=torch.zeros(9)), {path!r})
        ''')
    assert read(path) == 1 and len(os.listdir(tmp_path)) == 2


class Runner:
    """As much of a runner as a checkpoint hook needs; it can fail."""

    def __init__(self, folder):
        self.work_dir, self.fails = str(folder), False
        self.message_hub = MessageHub.get_instance(folder.name)
        self.logger = SimpleNamespace(info=str)
        self.epoch = self.iter = 0

    def save_checkpoint(self, folder, filename, *args, **kwargs):
        #: What was there while this one was written.
        self.during = sorted(os.listdir(folder))
        if self.fails:
            raise OSError('full')
        checkpoint_files.save_whole(content(1), f'{folder}/{filename}')


def test_the_old_one_goes_last(tmp_path):
    runner = Runner(tmp_path)
    hook = CheckpointHook(max_keep_ckpts=1, save_best='acc', rule='greater')
    hook.before_train(runner)
    for epoch in (0, 1):
        runner.epoch = epoch
        hook._save_checkpoint(runner)
    assert 'epoch_1.pth' in runner.during
    for score in (.5, .6):
        runner.epoch += 1
        hook._save_best_checkpoint(runner, dict(acc=score))
    assert 'best_acc_epoch_2.pth' in runner.during
    names = ['best_acc_epoch_3.pth', 'epoch_3.pth', 'last_checkpoint']
    assert sorted(os.listdir(tmp_path)) == names
    hook._save_best_checkpoint(runner, dict(acc=.7))  # under the same name
    assert sorted(os.listdir(tmp_path)) == names
    runner.fails = True
    with pytest.raises(OSError):
        hook._save_checkpoint(runner)
    assert sorted(os.listdir(tmp_path)) == names
    assert (tmp_path / 'last_checkpoint').read_text().endswith(names[1])


@pytest.fixture
def work_dir(tmp_path):
    """Three checkpoints, the last of which is named, and others' files."""
    names = ['epoch_1', 'epoch_2', 'epoch_3', 'best_acc_epoch_2', 'resnet50']
    for age, name in zip((3, 2, 1, 0, 0), names):
        path = tmp_path / f'{name}.pth'
        checkpoint_files.save_whole(content(age), path)
        os.utime(path, (10**9 - age, 10**9 - age))
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_3.pth'))
    return tmp_path


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def blank(path):
    """A block that never reached the disk."""
    data = bytearray(path.read_bytes())
    data[1500:2500] = bytes(1000)
    path.write_bytes(data)


@pytest.mark.parametrize('damage', [
    cut, blank, lambda path: path.write_bytes(b''), lambda path: path.unlink()
], ids=['cut', 'blank', 'empty', 'missing'])  # yapf: disable
def test_a_torn_checkpoint_is_passed_over(damage, work_dir):
    find = find_latest_checkpoint
    assert find(str(work_dir)) == str(work_dir / 'epoch_3.pth')
    damage(work_dir / 'epoch_3.pth')
    assert find(str(work_dir)) == str(work_dir / 'epoch_2.pth')
    damage(work_dir / 'epoch_2.pth')
    assert find(str(work_dir)) == str(work_dir / 'epoch_1.pth')
    damage(work_dir / 'epoch_1.pth')
    with pytest.raises(ValueError, match='epoch_3.pth.*last_checkpoint'):
        find(str(work_dir))


def test_a_torn_checkpoint_is_named(work_dir, monkeypatch):
    cut(work_dir / 'epoch_3.pth')
    said = []
    monkeypatch.setattr(checkpoint_files, 'print_log',
                        lambda text, *args: said.append(text))
    find_latest_checkpoint(str(work_dir))
    assert 'epoch_3.pth;' in said[0] and 'epoch_2.pth,' in said[0]


def test_where_the_last_one_is_said_to_be(work_dir):
    named = work_dir / 'last_checkpoint'
    named.write_text('')  # of a crash
    assert find_latest_checkpoint(str(work_dir)).endswith('epoch_3.pth')
    named.write_text('/elsewhere/epoch_2.pth')  # the folder was moved
    assert find_latest_checkpoint(str(work_dir)).endswith('epoch_2.pth')
    named.unlink()
    assert find_latest_checkpoint(str(work_dir)) is None
