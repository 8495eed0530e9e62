# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Kill short trainings, or damage their clips, and compare how they end.

--kills: trainings of a small MANet by tools/train.py are killed (SIGKILL) at
random moments, every third time while a checkpoint is being written, and
resumed until they end; in turn with a checkpoint per epoch and per 3 steps.
--damaged: in one epoch, clips are damaged in ten ways; the log's list is
compared with that of tools/data/check_data.py. --minutes: with one clip in
twenty damaged, a training without kills for a third of the time, whose memory
is followed, then trainings whose process or loader worker is killed at
random. Exit code 1 if anything is not as it should be, or memory grows by
5 %.

example:
  python -m benchmarks.soak --kills 20 --damaged 100
  python -m benchmarks.soak --minutes 10
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
from pathlib import Path
from typing import Callable, Dict, List, Optional

import torch

from mmaction_microaction.datasets import find_list, read_list
from mmaction_microaction.synthetic import generate_ma52
from mmaction_microaction.utils.checkpoints import load_from_local
from .faults import (EPOCHS, EVERY, GROWTH, OFTEN, REPO, Fault, command,
                     damage, growth, train)

_BROKEN = r'broken clip: \S*?([^/\s]+\.mp4)'


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
    _, seconds, out = train(command(osp.join(folder, 'whole')), root)
    whole = final(osp.join(folder, 'whole'))
    print(f'uninterrupted: {seconds:.1f} s from the first step', flush=True)
    done = torn = equal = trainings = by_step = 0
    while done < kills or trainings == 0:
        work_dir = osp.join(folder, f'run{trainings}')
        often, killed = trainings % 2 == 1, True
        while killed:
            words = command(work_dir, **(OFTEN if often else {}))
            aim = osp.join(work_dir, '*.part') if done % 3 == 2 else ''
            fault = Fault(rng.uniform(0, seconds), aim)
            killed, _, out = train(words, root,
                                   fault if done < kills else None)
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
    logged = re.findall(_BROKEN, out)
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


def soak_time(folder: str, minutes: float, seed: int) -> bool:
    """Trainings on clips of which 5 % are damaged, for so many minutes."""
    start, rng = time.monotonic(), random.Random(seed)
    root, clips = osp.join(folder, 'ma52'), 40
    names = [x for x, _ in read_list(find_list(root, 'train'), 52)][:clips]
    broken = rng.sample(names, clips // 20)
    for name in broken:
        path, = Path(root).rglob(osp.basename(name))
        damage(path, rng.randrange(10))
    settings = dict(
        train_dataloader__num_workers=2,
        train_dataloader__dataset__check_files=False,
        custom_hooks__6__share=.1)
    whole, sizes = osp.join(folder, 'whole'), []
    _, seconds, out = train(command(whole, clips, **settings), root)
    ok = set(re.findall(_BROKEN, out)) == set(map(osp.basename, broken))
    epochs = max(EPOCHS, int(minutes * 20 / seconds * EPOCHS))
    words = command(
        osp.join(folder, 'long'),
        clips,
        **settings,
        train_cfg__max_epochs=epochs)
    failed, _, out = train(words, root, None, sizes)
    ok &= not failed and osp.isfile(
        osp.join(folder, 'long', f'epoch_{epochs}.pth'))
    print(
        f'{epochs} epochs with {len(broken)} of {clips} clips damaged '
        f'{"ended well" if ok else "failed"}; memory at most '
        f'{max(sizes, default=0):.0f} MB, {growth(sizes):+.1f} %',
        flush=True)
    faults, equal, trainings = dict(process=0, worker=0), 0, 0
    while ok and (not trainings or time.monotonic() < start + 60 * minutes):
        work_dir, ended = osp.join(folder, f'run{trainings}'), False
        often = OFTEN if trainings % 2 else {}
        while not ended:
            words = command(work_dir, clips, **settings, **often)
            late = time.monotonic() > start + 60 * minutes
            fault = Fault(rng.uniform(0, seconds), '', rng.random() < .5)
            hit, _, out = train(words, root, None if late else fault)
            if hit:
                faults['worker' if fault.worker else 'process'] += 1
            ended = not hit
        trainings += 1
        equal += osp.isfile(osp.join(work_dir, 'last_checkpoint')) and \
            same(final(work_dir), final(whole))
        ok = equal == trainings
    print(f'{sum(faults.values())} kills ({faults["process"]} of processes, '
          f'{faults["worker"]} of workers), all resumed; {equal} of '
          f'{trainings} trainings equal the uninterrupted one, so no sample '
          f'was lost; {(time.monotonic() - start) / 60:.1f} minutes')
    if not ok:
        print(out[-3000:])
    return ok and growth(sizes) < GROWTH


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
    add('--minutes', type=float, default=0, help='length of the soak')
    add('--seed', type=int, default=0, help='of the moments')
    return parser


def main(argv: Optional[List[str]] = None) -> int:
    args, good = build_parser().parse_args(argv), True
    if args.kills:
        good &= _in_folder(1, lambda x: soak_kills(x, args.kills, args.seed))
    if args.damaged:
        per_class = -(-3 * args.damaged // 52)
        good &= _in_folder(per_class, lambda x: soak_damaged(x, args.damaged))
    if args.minutes:
        good &= _in_folder(1, lambda x: soak_time(x, args.minutes, args.seed))
    return not good


if __name__ == '__main__':
    sys.exit(main())
