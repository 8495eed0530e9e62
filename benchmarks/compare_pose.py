# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Train methods that see poses, pictures or both on the same sample data.

The sample configs as they are, from random weights; RGB + pose goes the whole
way: a network of pictures, one of poses, merged, trained as PCAN. All are
tested on people that none has seen. What is done is kept in OUT/results.json:
killed and started again with the same command, it goes on where it was.

    python -m benchmarks.compare_pose --seeds 0 1 2 --jobs 2
"""
import argparse
import json
import os
import os.path as osp
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Dict, Optional, Sequence

from mmengine.runner import find_latest_checkpoint

from benchmarks.compare_methods import ROOT, call_tool, make_data, read_log
from benchmarks.method_page import mean_text
from benchmarks.methods import Budget
from benchmarks.report import markdown_table
from mmaction_microaction.utils.errors import run_tool
from mmaction_microaction.utils.files import atomic_text_file

#: Config -> what it is. A chain is trained one after the other.
METHODS = dict(
    rgbpose_rgb_ma52sample='RGB alone, pre-training',
    rgbpose_pose_ma52sample='pose alone, pre-training',
    pcan_rgbpose_ma52sample='RGB + pose, merged, PCAN',
    poseconv3d_ma52sample='pose: PoseC3D',
    stgcnpp_ma52sample='pose: ST-GCN++',
    manet_r18_ma52demo='RGB: MANet',
    manet_pcan_r18_ma52demo='RGB: MANet + PCAN head')
CHAIN, *OTHERS = [tuple(METHODS)[:3], *((x, ) for x in tuple(METHODS)[3:])]
KEYS = {
    'action top-1, %': 'ma52/action_top1',
    'body top-1, %': 'ma52/body_top1',
    'F1 mean, %': 'ma52/f1_mean'
}


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out', default='pose_out', help='default: pose_out')
    add('--seeds', type=int, nargs='+', default=[0], help='default: 0')
    add('--jobs', type=int, default=1, help='trainings at a time (default: 1)')
    add('--clips-per-class', type=int, default=16, help='default: 16')
    add('--epochs', type=int, help='default: as the configs say')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def learn(name: str, seed: int, folder: str, epochs: Optional[int],
          start: Sequence[str]) -> Dict[str, float]:
    """Train and test a config: the metrics, and ``seconds`` of training.
    Checkpoints to ``start`` from are merged first."""
    config = osp.join(ROOT, 'configs', f'{name}.py')
    options = [f'randomness.seed={seed}']
    if epochs:
        options.append(f'train_cfg.max_epochs={epochs}')
    if start:
        merged = osp.join(folder, 'merged.pth')
        call_tool(
            osp.join(folder, 'merge.log'), 'convert/merge_rgbpose.py', *start,
            merged, '--config', config)
        options.append(f'load_from={merged}')
    begin = time.time()
    call_tool(
        osp.join(folder, 'train.log'), 'train.py', config, '--work-dir',
        folder, '--no-validate', '--cfg-options', *options)
    seconds, tested = time.time() - begin, osp.join(folder, 'test')
    call_tool(
        osp.join(folder, 'test.log'), 'test.py', config,
        find_latest_checkpoint(folder), '--work-dir', tested)
    metrics = read_log(tested)[-1]
    return dict({k: metrics[k] for k in KEYS.values()}, seconds=seconds)


def table(results: Dict[str, Dict[str, dict]]) -> str:
    """Mean and standard deviation of the seeds, in Markdown."""
    rows = []
    for name, title in METHODS.items():
        runs = list(results.get(name, {}).values())
        if runs:
            scores = [
                mean_text([run[key] for run in runs], 100)
                for key in KEYS.values()
            ]
            seconds = mean_text([run['seconds'] for run in runs])
            rows.append([title, f'`{name}`', *scores, len(runs), seconds])
    return markdown_table(['method', 'config', *KEYS, 'seeds', 'training, s'],
                          rows)


def work(args: argparse.Namespace) -> int:
    os.makedirs(args.out, exist_ok=True)
    path, lock, failed = osp.join(args.out, 'results.json'), \
        threading.Lock(), []
    results = json.load(open(path)) if osp.isfile(path) else {}
    clips = args.clips_per_class
    budget = Budget(
        clips_per_class=clips, val_clips_per_class=max(1, clips // 4))
    os.environ['MA52_ROOT'] = make_data(args.out, budget, size=(64, 80))
    os.environ.setdefault('OMP_NUM_THREADS', '1')

    def run(job: tuple) -> None:
        seed, names = job
        folders = [
            osp.abspath(osp.join(args.out, name, f'seed{seed}'))
            for name in names
        ]
        try:
            for i, name in enumerate(names):
                if str(seed) in results.get(name, {}):
                    continue
                start = map(find_latest_checkpoint, folders[:i]) if i == 2 \
                    else ()
                found = learn(name, seed, folders[i], args.epochs, list(start))
                with lock:
                    results.setdefault(name, {})[str(seed)] = found
                    with atomic_text_file(path) as file:
                        json.dump(results, file, indent=2)
                print(f'{name}, seed {seed}: done', flush=True)
        except RuntimeError as error:
            failed.append(job)
            print(f'{names}, seed {seed}: {error}', flush=True)

    # The chains, which take longest, first.
    with ThreadPoolExecutor(args.jobs) as pool:
        jobs = [*product(args.seeds, [CHAIN]), *product(args.seeds, OTHERS)]
        list(pool.map(run, jobs))
    print(table(results))
    return int(bool(failed))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
