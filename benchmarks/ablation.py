# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What helps on a long tail: a hierarchy, balancing, PCAN's head.

Trains the small MANet of `make demo` on hard sample data, where the classes
have 32 to 4 clips, once for each variant and seed, and tests it on as many
clips of every class, by people it has not seen. Every result goes into
OUT/results.json at once: killed and started again with the same command, it
goes on where it was. Ends with a table.

    python -m benchmarks.ablation --seeds 0 1 2
"""
import argparse
import copy
import csv
import os
import os.path as osp
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from itertools import product
from typing import Dict, List, Optional, Sequence

import numpy as np
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint
from rich.console import Console

import mmaction_microaction  # noqa: F401  installs the shims
from benchmarks.compare_methods import ROOT, call_tool, make_data, read_log
from benchmarks.method_page import Results, mean_text
from benchmarks.methods import Budget
from benchmarks.report import markdown_table
from mmaction_microaction.datasets import count_classes, read_list
from mmaction_microaction.utils.errors import run_tool

CONFIG = osp.join(ROOT, 'configs', 'manet_r18_ma52demo.py')
BODY = {f'{split}_evaluator.body': 'head' for split in ('val', 'test')}
SOFT = {
    **BODY, 'model.cls_head.type': 'HierarchicalHead',
    'model.cls_head.head': 'JointEmbeddingHead'
}
LOSS, SAMPLER = 'model.cls_head.loss_cls', 'train_dataloader.sampler'
#: Variant -> its settings. Indented: added to the soft hierarchy.
VARIANTS: Dict[str, dict] = {
    'MANet, actions only': {},
    'soft hierarchy': SOFT,
    '+ square-root sampling': {
        **SOFT, SAMPLER: dict(type='ClassBalancedSampler', alpha=0.5)
    },
    '+ classes duplicated to 20': {
        **SOFT, SAMPLER:
        dict(type='ClassBalancedSampler', alpha=0., min_count=20)
    },
    '+ balanced softmax': {
        **SOFT, LOSS: dict(type='BalancedSoftmaxLoss')
    },
    '+ class-balanced focal': {
        **SOFT, LOSS: dict(type='ClassBalancedFocalLoss')
    },
    'PCAN head': {
        **BODY, 'model.cls_head':
        dict(
            _delete_=True,
            type='PCANHead',
            num_classes=52,
            in_channels=128,
            streams=('rgb', ),
            dropout_ratio=0.2,
            average_clips='prob')
    },
}
#: What half an hour on two cores allows for.
DEFAULT = [x for x in VARIANTS if 'focal' not in x and 'dupl' not in x]
#: Variant -> fusions that are tested, too, of the same weights.
FUSIONS = {
    'soft hierarchy': ('fine', 'cascade', 'product'),
    'PCAN head': ('soft', )
}
COLUMNS = {
    'f1_mean': 'F1 mean, %',
    'action_top1': 'action top-1, %',
    'action_f1_macro': 'action macro F1, %',
    'body_top1': 'body top-1, %',
    'rare_f1': 'F1 of the rarest third, %'
}
console = Console(highlight=False)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out', default='ablation_out', help='default: ablation_out')
    add('--variants',
        nargs='+',
        choices=list(VARIANTS),
        default=DEFAULT,
        metavar='NAME',
        help=f'of {", ".join(VARIANTS)} (default: {", ".join(DEFAULT)})')
    add('--seeds', type=int, nargs='+', default=[0, 1, 2], help='0 1 2')
    add('--jobs', type=int, default=2, help='trainings at a time (default: 2)')
    for name, value in (('epochs', 10), ('clips-per-class', 32),
                        ('val-clips-per-class', 4)):
        add(f'--{name}', type=int, default=value, help=f'default: {value}')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def variant_config(name: str, root: str, epochs: int, seed: int) -> Config:
    """The config of a variant; all that differs is in VARIANTS."""
    cfg = Config.fromfile(CONFIG)
    cfg.merge_from_dict(copy.deepcopy(VARIANTS[name]))
    for split in ('train', 'val', 'test'):
        cfg[f'{split}_dataloader'].dataset.data_root = root
    cfg.train_cfg.update(max_epochs=epochs, val_interval=epochs)
    warm_up, cosine = cfg.param_scheduler
    warm_up.update(end=0.1 * epochs)
    cosine.update(T_max=0.9 * epochs, begin=0.1 * epochs, end=epochs)
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', interval=epochs, save_optimizer=False)
    cfg.randomness = dict(seed=seed)
    return cfg


def rare_f1(table: str, counts: np.ndarray) -> float:
    """Mean F1 of the third of the classes with the fewest training clips."""
    with open(table, encoding='utf-8', newline='') as file:
        f1 = np.array([float(row['f1']) for row in csv.DictReader(file)])
    return float(f1[np.argsort(counts, kind='stable')[:len(f1) // 3]].mean())


def learn(name: str, cfg: Config, folder: str,
          counts: np.ndarray) -> Dict[str, dict]:
    """Train a variant, and test it: rows of the table -> COLUMNS, 0-1."""
    shutil.rmtree(folder, ignore_errors=True)  # of a killed run
    os.makedirs(folder)
    config, rows = osp.join(folder, 'config.py'), {}
    cfg.dump(config)
    call_tool(
        osp.join(folder, 'train.log'), 'train.py', config, '--work-dir',
        folder, '--no-validate')
    for fusion in ('', *FUSIONS.get(name, ())):
        tested = osp.join(folder, f'test{fusion}')
        more = ['--cfg-options', f'model.cls_head.fusion={fusion}']
        call_tool(f'{tested}.log', 'test.py', config,
                  find_latest_checkpoint(folder), '--work-dir', tested,
                  *(more if fusion else []))
        scores = read_log(tested)[-1]
        table, = glob(osp.join(tested, '*', 'per_class.csv'))
        rows[f'{name}, {fusion}' if fusion else name] = {
            key: scores.get(f'ma52/{key}', rare_f1(table, counts))
            for key in COLUMNS
        }
    return rows


def table_of(methods: Dict[str, dict]) -> str:
    """Markdown: mean and standard deviation over the seeds."""
    rows: List[List[str]] = []
    for variant in VARIANTS:
        for name in (variant, *(f'{variant}, {x}'
                                for x in FUSIONS.get(variant, ()))):
            runs = list(methods.get(name, {}).get('runs', {}).values())
            rows.append([
                name, *(mean_text([run[key] for run in runs], 100)
                        for key in COLUMNS)
            ])
    return markdown_table(['variant', *COLUMNS.values()], rows)


def work(args: argparse.Namespace) -> int:
    # As many trainings as cores, a thread each, are faster than one after
    # the other.
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    budget = Budget(
        epochs=args.epochs,
        clips_per_class=args.clips_per_class,
        val_clips_per_class=args.val_clips_per_class)
    os.makedirs(args.out, exist_ok=True)
    results = Results(osp.join(args.out, 'results.json'), budget, 'cpu')
    flags = '--long-tail', '--appearance', 'hard'
    root, failed = make_data(args.out, budget, flags, (64, 80)), []
    _, labels = zip(*read_list(osp.join(root, 'train_list_videos.txt')))
    counts = count_classes(labels, 52)

    def attempt(seed: int, name: str) -> None:
        if str(seed) in results.method(name)['runs']:
            return
        with results.lock:  # reading a config is no job for several threads
            cfg = variant_config(name, root, args.epochs, seed)
        folder = osp.join(args.out, ''.join(filter(str.isalnum, name)))
        try:
            found = learn(name, cfg, osp.abspath(f'{folder}/seed{seed}'),
                          counts)
        except RuntimeError as error:
            failed.append(name)
            console.print(f'{name}: {error}', markup=False)
            return
        with results.lock:
            for row, scores in found.items():
                results.method(row)['runs'][str(seed)] = scores
            results.save()
        console.print(f'{name}: seed {seed} done', markup=False)

    with ThreadPoolExecutor(args.jobs) as pool:
        list(
            pool.map(lambda x: attempt(*x), product(args.seeds,
                                                    args.variants)))
    print(table_of(results.data['methods']))
    return int(bool(failed))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
