# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Short trainings, and what is done to them in a soak: kills, damaged
clips."""
import glob
import math
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from statistics import median
from typing import List, NamedTuple, Optional, Tuple

REPO = Path(__file__).resolve().parents[1]
EPOCHS, CLIPS, BATCH, EVERY = 3, 24, 4, 3
GROWTH = 5.  # percent of memory, most
#: Settings: a checkpoint every few steps.
OFTEN = dict(
    default_hooks__checkpoint__by_epoch=False,
    default_hooks__checkpoint__interval=EVERY)
_STARTS = 'Checkpoints will be saved to'  # logged before the first step


class Fault(NamedTuple):
    """A kill so many seconds after the first step or, within 5 s from then,
    once a file matches ``aim``; of the process, or of a loader worker."""
    delay: float
    aim: str = ''
    worker: bool = False


def command(work_dir: str, clips: int = CLIPS, **settings) -> List[str]:
    """A training of a small MANet on the first clips, on one core."""
    changes = {
        'train_cfg.max_epochs': EPOCHS,
        'train_cfg.val_interval': 1,
        'default_hooks.checkpoint.max_keep_ckpts': 1
    }
    for split in ('train', 'val'):
        changes.update({
            f'{split}_dataloader.batch_size':
            BATCH,
            f'{split}_dataloader.num_workers':
            1,
            f'{split}_dataloader.dataset.indices':
            clips if split == 'train' else 2 * BATCH
        })
    changes.update({k.replace('__', '.'): v for k, v in settings.items()})
    return [
        sys.executable,
        str(REPO / 'tools' / 'train.py'),
        str(REPO / 'configs' / 'manet_r18_ma52sample.py'), '--work-dir',
        work_dir, '--resume', '--cfg-options',
        *(f'{k}={v}' for k, v in changes.items())
    ]


def train(words: List[str],
          root: str,
          fault: Optional[Fault] = None,
          sizes: Optional[List[float]] = None) -> Tuple[bool, float, str]:
    """Run a training, with a fault if any; ``sizes`` gets its memory, MB, once
    a second. Returns whether the fault ended it, its seconds from the first
    step, and its output."""
    env = dict(
        os.environ,
        MA52_ROOT=root,
        OMP_NUM_THREADS='1',
        CUDA_VISIBLE_DEVICES='-1',
        PYTHONPATH=f'{REPO}:{os.environ.get("PYTHONPATH", "")}')
    with tempfile.TemporaryFile('w+') as log:
        process = subprocess.Popen(
            words, env=env, stdout=log, stderr=subprocess.STDOUT)

        def said() -> str:
            log.seek(0)
            return log.read()

        while process.poll() is None and _STARTS not in said():
            time.sleep(.05)
        start = time.monotonic()
        while process.poll() is None and sizes is not None:
            sizes.append(sum(map(memory, [process.pid, *workers(process)])))
            time.sleep(1)
        if fault is not None:
            end = start + fault.delay
            while process.poll() is None and time.monotonic() < end:
                time.sleep(.002)
            while process.poll() is None and fault.aim and \
                    not glob.glob(fault.aim) and time.monotonic() < end + 5:
                time.sleep(.0002)
            for pid in workers(process)[:1] if fault.worker else ():
                os.kill(pid, signal.SIGKILL)
            if not fault.worker:
                process.kill()
        code, seconds, text = process.wait(), time.monotonic() - start, said()
        killed = 'DataLoader worker (pid' in text if fault and fault.worker \
            else code == -9
        return bool(fault and code and killed), seconds, text


def workers(process: subprocess.Popen) -> List[int]:
    """Forks of a process, as loader workers are."""
    try:
        own = Path(f'/proc/{process.pid}/cmdline').read_bytes()
        text = Path(f'/proc/{process.pid}/task/{process.pid}/children'
                    ).read_text()  # yapf: disable
        return [
            int(x) for x in text.split()
            if Path(f'/proc/{x}/cmdline').read_bytes() == own
        ]
    except OSError:  # it has ended
        return []


def memory(pid: int) -> float:
    """Memory of a process, MB; what several share is divided among them."""
    try:
        text = Path(f'/proc/{pid}/smaps_rollup').read_text()
        return int(re.search(r'^Pss:\s+(\d+)', text, re.M)[1]) / 1024
    except (OSError, TypeError):  # it has ended
        return 0.


def growth(sizes: List[float]) -> float:
    """Percent from the second fifth, by when all is loaded, to the last."""
    if not any(sizes):
        return math.inf
    fifth = max(1, len(sizes) // 5)
    early, late = (median(x) for x in (sizes[fifth:2 * fifth] or sizes,
                                       sizes[-fifth:]))  # yapf: disable
    return 100 * (late / early - 1) if early else math.inf


def damage(path: Path, kind: int) -> None:
    """Damage a file in one of ten ways."""
    data = path.read_bytes()
    path.unlink()
    if kind == 0:
        path.touch()
    elif kind == 1:
        path.write_bytes(data[:len(data) // 2])
    elif kind == 2:
        path.write_bytes(random.Random(0).randbytes(len(data)))
    elif kind == 3:
        path.write_text('version https://git-lfs.github.com/spec/v1\n')
    elif kind == 4:
        path.write_text('<!DOCTYPE html><html>404</html>')
    elif kind == 5:
        path.mkdir()
    elif kind == 6:
        path.symlink_to('nowhere.mp4')
    elif kind == 7:
        with wave.open(str(path), 'wb') as file:
            file.setparams((1, 2, 8000, 0, 'NONE', ''))
            file.writeframes(bytes(8000))
    elif kind == 8:  # a codec that there is not
        path.write_bytes(re.sub(rb'avc1|mp4v|hev1', b'zzzz', data))
    # 9: missing
