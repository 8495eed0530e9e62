# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Kill short trainings, or damage their clips, and compare how they end.

--kills: trainings of a small MANet by tools/train.py are killed (SIGKILL) at
random moments, every third time while a checkpoint is being written, and
resumed until they end; in turn with a checkpoint per epoch and per 3 steps.
--damaged: in one epoch, clips are damaged in ten ways; the log's list is
compared with that of tools/data/check_data.py. Exit code 1 if anything is
not as it should be.

example:
  python -m benchmarks.soak --kills 20 --damaged 100
"""
import argparse
import glob
import os
import os.path as osp
import random
import re
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import torch

from mmaction_microaction.datasets import find_list, read_list
from mmaction_microaction.synthetic import generate_ma52
from mmaction_microaction.utils.checkpoints import load_from_local

REPO = Path(__file__).resolve().parents[1]
EPOCHS, CLIPS, BATCH, EVERY = 3, 24, 4, 3
_STARTS = 'Checkpoints will be saved to'  # logged before the first step


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
          delay: Optional[float] = None,
          aim: str = '') -> Tuple[bool, float, str]:
    """Run a training; kill it after a delay in seconds from its first step or,
    within 5 s from then, once a file matches ``aim``. Returns whether it was
    killed, its seconds from that step, and its output."""
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
        if delay is not None:
            while process.poll() is None and time.monotonic() < start + delay:
                time.sleep(.002)
            while process.poll() is None and aim and not glob.glob(aim) and \
                    time.monotonic() < start + delay + 5:
                time.sleep(.0002)
            process.kill()
        code = process.wait()
        return code == -9, time.monotonic() - start, said()


def final(work_dir: str) -> Dict[str, torch.Tensor]:
    """Weights, and the optimizer's momentum, of the last checkpoint."""
    path = Path(work_dir, 'last_checkpoint').read_text()
    checkpoint = load_from_local(path)
    found = dict(checkpoint['state_dict'])
    for key, state in checkpoint['optimizer']['state'].items():
        found.update({f'{key}.{k}': v for k, v in state.items()})
    return found


def same(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(torch.as_tensor(x), torch.as_tensor(second[key]))
        for key, x in first.items())


def soak_kills(folder: str, kills: int, seed: int) -> bool:
    """Trainings until so many kills; prints each, and the count."""
    root, rng = osp.join(folder, 'ma52'), random.Random(seed)
    settings = dict(
        default_hooks__checkpoint__by_epoch=False,
        default_hooks__checkpoint__interval=EVERY)
    _, seconds, out = train(command(osp.join(folder, 'whole')), root)
    whole = final(osp.join(folder, 'whole'))
    print(f'uninterrupted: {seconds:.1f} s from the first step', flush=True)
    done = torn = equal = trainings = by_step = 0
    while done < kills or trainings == 0:
        work_dir = osp.join(folder, f'run{trainings}')
        often, killed = trainings % 2 == 1, True
        while killed:
            words = command(work_dir, **(settings if often else {}))
            delay = rng.uniform(0, seconds) if done < kills else None
            aim = osp.join(work_dir, '*.part') if done % 3 == 2 else ''
            killed, _, out = train(words, root, delay, aim)
            if killed:
                done, by_step = done + 1, by_step + often
                torn += bool(glob.glob(osp.join(work_dir, '*.part')))
        if not osp.isfile(osp.join(work_dir, 'last_checkpoint')):
            print(out[-3000:])
            return False
        trainings += 1
        equal += same(final(work_dir), whole)
        print(
            f'{done} kills, {equal} of {trainings} trainings equal',
            flush=True)
    print(f'{done} kills ({by_step} with a checkpoint every {EVERY} steps, '
          f'{torn} while one was written), {done} resumes; final weights '
          f'and momentum equal in {equal} of {trainings} trainings')
    return equal == trainings


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


def soak_damaged(folder: str, count: int) -> bool:
    """One epoch in which these many clips are damaged."""
    root, clips = Path(folder, 'ma52'), 3 * count
    names = [x for x, _ in read_list(find_list(str(root), 'train'), 52)]
    places = {path.name: path for path in root.rglob('*.mp4')}
    names = random.Random(0).sample(names[:clips], count)
    for i, name in enumerate(names):
        damage(places[osp.basename(name)], i % 10)
    words = command(
        osp.join(folder, 'damaged'),
        clips,
        train_cfg__max_epochs=1,
        train_dataloader__dataset__check_files=False,
        custom_hooks__6__share=1.)
    _, _, out = train(words, str(root))
    logged = re.findall(r'broken clip: \S*?([^/\s]+\.mp4)', out)
    table = osp.join(folder, 'problems.csv')
    subprocess.run([
        sys.executable,
        str(REPO / 'tools' / 'data' / 'check_data.py'),
        str(root), '--splits', 'train', '--csv', table
    ],
                   env=dict(os.environ, PYTHONPATH=str(REPO)),
                   capture_output=True)
    text = Path(table).read_text()
    checked = set(re.findall(r'([^/\s,"]+\.mp4)', text))
    wanted = {osp.basename(x) for x in names}
    ended = osp.isfile(osp.join(folder, 'damaged', 'epoch_1.pth'))
    print(f'{len(wanted)} clips damaged in 10 ways: {len(set(logged))} logged,'
          f' {len(logged)} times in all, {len(checked)} found by check_data; '
          f'the training {"ended well" if ended else "failed"}')
    if not ended:
        print(out[-3000:])
    return ended and set(logged) == checked == wanted and \
        len(logged) == len(wanted)


def _in_folder(per_class: int, soak: Callable[[str], bool]) -> bool:
    """What a soak finds in a folder with drawn clips of all 52 classes."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = dict(size=(64, 80), num_frames=(20, 24), balanced=True)
        generate_ma52(osp.join(folder, 'ma52'), per_class, 1, 1, **sizes)
        return soak(folder)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--kills', type=int, default=0, help='number of kills')
    add('--damaged', type=int, default=0, help='number of damaged clips')
    add('--seed', type=int, default=0, help='of the moments')
    return parser


def main(argv: Optional[List[str]] = None) -> int:
    args, good = build_parser().parse_args(argv), True
    if args.kills:
        good &= _in_folder(1, lambda x: soak_kills(x, args.kills, args.seed))
    if args.damaged:
        per_class = -(-3 * args.damaged // 52)
        good &= _in_folder(per_class, lambda x: soak_damaged(x, args.damaged))
    return not good


if __name__ == '__main__':
    sys.exit(main())
