# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""tools/train.py and the scripts that start it, when things go wrong."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
from argparse import Namespace

import pytest
from torch.distributed import run as torchrun
from torch.distributed.elastic.multiprocessing import SignalException
from torch.distributed.elastic.multiprocessing.errors import (ChildFailedError,
                                                              ProcessFailure)

from mmaction_microaction.engine.hooks.stop_hook import EXIT_CODES
from mmaction_microaction.utils.tool_parts import check_run
from mmaction_microaction_cli import launch

CONFIG = 'configs/manet_r18_ma52sample.py'


@pytest.mark.parametrize('options', [{}, dict(load_from='w.pth')])
def test_resume_keeps_the_first_weights(repo, sample_root, tmp_path, options,
                                        monkeypatch):
    monkeypatch.setenv('MA52_ROOT', sample_root)
    args = Namespace(
        config=str(repo / CONFIG),
        cfg_options=dict(options),
        resume='auto',
        work_dir=str(tmp_path),
        no_validate=True)
    check_run(args)
    assert args.resume is None and args.cfg_options == options
    (tmp_path / 'last_checkpoint').write_text('epoch_1.pth')
    args.resume = 'auto'
    check_run(args)
    assert args.resume == 'auto' and args.cfg_options == {}
    args.resume, args.cfg_options = 'file.pth', dict(options)
    check_run(args)
    assert args.resume == 'file.pth' and args.cfg_options == options


def test_the_hook_of_the_page(repo):
    from mmengine.config import Config
    page = (repo / 'docs' / 'reliability.md').read_text()
    cfg = Config.fromfile(str(repo / CONFIG))
    cfg.merge_from_dict({'custom_hooks.6.share': .05})
    assert 'custom_hooks.6.share=.05' in page
    assert cfg.custom_hooks[6].type == 'BrokenClipHook'
    assert len(page.splitlines()) <= 60


def failure(*codes):
    return ChildFailedError(
        'x', {
            rank: ProcessFailure(rank, 9, code, '<N/A>')
            for rank, code in enumerate(codes)
        })


@pytest.mark.parametrize('error, code', [
    (SignalException('x', signal.SIGTERM), 75),
    (SignalException('x', signal.SIGINT), 130),
    (failure(-15, 75), 75),
    (failure(130), 130),
    (failure(1), None),
])
def test_exit_codes_of_torchrun(error, code, monkeypatch):
    assert set(EXIT_CODES.values()) == {launch.STOPPED, launch.INTERRUPTED}

    def fail(argv):
        raise error

    monkeypatch.setattr(torchrun, 'main', fail)
    monkeypatch.setattr(launch, '_LEAD', 0)
    if code is None:
        with pytest.raises(ChildFailedError):
            launch.main([])
        return
    assert launch.main([]) == code
    monkeypatch.setenv('SLURM_NNODES', '2')
    assert launch.main([]) == code  # as in salloc
    for node, given in (('0', code), ('1', 0)):  # one of them is enough
        monkeypatch.setenv('SLURM_NODEID', node)
        assert launch.main([]) == given


def stand_in(folder, **scripts):
    for name, text in scripts.items():
        (folder / name).write_text(f'#!/usr/bin/env bash\n{text}')
        (folder / name).chmod(0o755)


def slurm_train(repo, folder, *args, **env):
    python = os.path.dirname(sys.executable)
    return subprocess.run(
        [repo / 'tools/slurm_train.sh', 'gpu', 'job', *map(str, args)],
        env=dict(env, PATH=f'{folder}:{python}:{os.environ["PATH"]}'),
        cwd=repo,
        capture_output=True,
        text=True)


@pytest.mark.parametrize('code', [0, 1, 75, 130])
def test_slurm_queues_what_was_stopped(repo, tmp_path, code):
    """With a stand-in of srun, which exits so the first time, then with 0."""
    stand_in(
        tmp_path,
        srun=f'echo "${{*//$\'\\n\'/}}" >> {tmp_path}/calls\n'
        f'[ $(wc -l < {tmp_path}/calls) -gt 1 ] || exit {code}\n',
        scontrol=f'echo "$@" > {tmp_path}/requeued\n')
    done = slurm_train(repo, tmp_path, 'config', '--amp', **os.environ)
    calls = (tmp_path / 'calls').read_text().splitlines()
    assert done.returncode == (0 if code == 75 else code)
    assert len(calls) == (2 if code == 75 else 1)
    assert '--signal=TERM@120' in calls[0] and '--resume' not in calls[0]
    assert calls[-1] == calls[0] + ' --resume' * (code == 75)
    assert not (tmp_path / 'requeued').exists()
    (tmp_path / 'calls').unlink()
    batch = dict(os.environ, SLURM_JOB_ID='7', SLURM_RESTART_COUNT='1')
    done = slurm_train(repo, tmp_path, 'config', **batch)
    assert done.returncode == code
    call, = (tmp_path / 'calls').read_text().splitlines()
    assert call.endswith('--launcher pytorch --resume')
    assert (tmp_path / 'requeued').exists() is (code == 75)
    if code == 75:
        assert (tmp_path / 'requeued').read_text() == 'requeue 7\n'


def settings(work_dir, epochs=2):
    changes = {
        'train_cfg.max_epochs': epochs,
        'train_cfg.val_interval': epochs,
        'train_dataloader.dataset.indices': 16,
        'val_dataloader.dataset.indices': 4,
        'default_hooks.logger.interval': 1
    }
    for split in ('train', 'val'):
        changes.update({
            f'{split}_dataloader.batch_size': 2,
            f'{split}_dataloader.num_workers': 0,
            f'{split}_dataloader.persistent_workers': False
        })
    return [
        '--work-dir',
        str(work_dir), '--cfg-options',
        *(f'{k}={v}' for k, v in changes.items())
    ]


SRUN = """
while [ "$1" != bash ]; do shift; done
export SLURM_NODEID=0 SLURM_JOB_NODELIST=here
[ ! -e {folder}/log ] || exec "$@"
setsid "$@" > {folder}/log 2>&1 &
until grep -q 'Epoch(train)' {folder}/log; do
    kill -0 $! || exit 1
    sleep .1
done
kill -TERM -- -$!
code=0; wait $! || code=$?
cat {folder}/log
exit $code
"""


@pytest.mark.slow
def test_a_preempted_training_goes_on(repo, tool_env, sample_root, tmp_path):
    """All processes get the signal after the first steps."""
    stand_in(
        tmp_path, srun=SRUN.format(folder=tmp_path), scontrol='echo localhost')
    done = slurm_train(
        repo, tmp_path, CONFIG, *settings(tmp_path / 'work'),
        **dict(
            tool_env, MA52_ROOT=sample_root, GPUS='2', PORT=str(free_port())))
    text = done.stdout + done.stderr
    assert done.returncode == 0, text[-3000:]
    assert 'stopped by SIGTERM' in text and 'goes into the queue' in text
    assert re.search(r'resumed epoch: [01], iter: [1-8]\n', text)
    assert (tmp_path / 'work' / 'epoch_2.pth').is_file()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_for(sign, log, process):
    while sign not in log.read_text():
        assert process.poll() is None, log.read_text()[-3000:]
        time.sleep(.1)


@pytest.mark.slow
def test_the_other_rank_ends_with_a_message(repo, tool_env, sample_root,
                                            tmp_path):
    env = dict(
        tool_env,
        MA52_ROOT=sample_root,
        WORLD_SIZE='2',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(free_port()))
    ranks, logs = [], []
    for rank in '01':
        logs.append(tmp_path / f'log{rank}')
        with open(logs[-1], 'w') as log:
            ranks.append(
                subprocess.Popen([
                    sys.executable, 'tools/train.py', CONFIG, '--launcher',
                    'pytorch', *settings(tmp_path / 'work', 50)
                ],
                                 env=dict(env, RANK=rank, LOCAL_RANK=rank),
                                 cwd=repo,
                                 stdout=log,
                                 stderr=subprocess.STDOUT))
    wait_for('Epoch(train)', logs[0], ranks[0])
    ranks[1].kill()
    assert ranks[0].wait(60) not in (0, 75)  # seconds, as the page says
    assert 'another process of this run is gone' in logs[0].read_text()


@pytest.mark.slow
def test_torchrun_restarts_from_the_last_checkpoint(repo, tool_env,
                                                    sample_root, tmp_path):
    log, python = tmp_path / 'log', os.path.dirname(sys.executable)
    with open(log, 'w') as file:
        process = subprocess.Popen([
            'tools/dist_train.sh', CONFIG, '2',
            *settings(tmp_path / 'work', 3)
        ],
                                   env=dict(
                                       tool_env,
                                       MA52_ROOT=sample_root,
                                       MAX_RESTARTS='1',
                                       PORT=str(free_port()),
                                       PATH=f'{python}:{os.environ["PATH"]}'),
                                   cwd=repo,
                                   stdout=file,
                                   stderr=subprocess.STDOUT)
    wait_for('Epoch(train) [2]', log, process)
    children = subprocess.run(['pgrep', '-P', str(process.pid)],
                              capture_output=True,
                              text=True).stdout.split()
    os.kill(int(children[-1]), signal.SIGKILL)
    assert process.wait(300) == 0, log.read_text()[-3000:]
    assert re.search(r'resumed epoch: ([12]), iter: [48]\n', log.read_text())
    assert (tmp_path / 'work' / 'epoch_3.pth').is_file()
