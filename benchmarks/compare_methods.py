# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Train, test and time the ten methods alike; write a section of Markdown.

Makes sample data once, counts and times every method, then trains each from
random weights within the budget, tests it on people it has not seen, asks it
for the order of frames; --jobs trainings run at a time, which disturbs no
timing. Every result goes into OUT/results.json at once: killed and started
again with the same command, it goes on where it was. The section,
OUT/methods.md, is built from that file.

    python -m benchmarks.compare_methods --methods tsn_r50 manet_r50
    python -m benchmarks.compare_methods --gpu --jobs 4     # all, three seeds
    python -m benchmarks.compare_methods --page-only
"""
import argparse
import json
import os
import os.path as osp
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from glob import glob
from itertools import product
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple

import torch
from mmengine.config import Config
from mmengine.fileio import load
from mmengine.registry import init_default_scope
from mmengine.runner import find_latest_checkpoint
from rich.console import Console

import mmaction_microaction  # noqa: F401  installs the shims
from benchmarks import steps
from benchmarks.method_page import Results, build_section
from benchmarks.methods import METHODS, Budget, apply_budget
from benchmarks.timing import compare, describe_machine, spread
from mmaction_microaction.utils.errors import UserError, run_tool
from mmaction_microaction.utils.workers import LoggedProcesses

ROOT = osp.dirname(osp.dirname(osp.abspath(__file__)))
TOOLS = osp.join(ROOT, 'tools')
SWITCHES = {
    '--page-only': 'build the section from OUT/results.json, run nothing',
    '--gpu': 'train on the GPU; time steps and memory on it (default: CPU)',
    '--debug': 'show where an error arose'
}
console = Console(highlight=False)


def build_parser() -> argparse.ArgumentParser:
    budget = Budget()
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out', default='compare_out', help='default: compare_out')
    add('--methods',
        nargs='+',
        choices=list(METHODS),
        default=list(METHODS),
        metavar='METHOD',
        help=f'default: all of {", ".join(METHODS)}')
    add('--seeds',
        type=int,
        nargs='+',
        help='one training for each (default: 0; with --gpu 0 1 2)')
    add('--jobs', type=int, default=1, help='trainings at a time (default: 1)')
    for flag, text in SWITCHES.items():
        add(flag, action='store_true', help=text)
    for field in fields(Budget):
        flag = f'--{field.name.replace("_", "-")}'
        if field.type is bool:
            add(flag, action='store_true', help='mixed precision')
        else:
            add(flag,
                type=field.type,
                default=getattr(budget, field.name),
                help='budget (default: %(default)s)')
    return parser


def call_tool(log: str, tool: str, *args: str, gpu: bool = False) -> str:
    """Run a tool, its output into a file; a RuntimeError has the last line."""
    env = dict(os.environ, PYTHONUNBUFFERED='1')
    env['PYTHONPATH'] = os.pathsep.join(
        filter(None, [ROOT, env.get('PYTHONPATH')]))
    if not gpu:
        env['CUDA_VISIBLE_DEVICES'] = '-1'
    command = [sys.executable, '-W', 'ignore', osp.join(TOOLS, tool), *args]
    return LoggedProcesses().run(command, log, env)


def make_data(out: str,
              budget: Budget,
              flags: Sequence[str] = ('--balanced', ),
              size: Optional[Tuple[int, int]] = None) -> str:
    """Generate the clips, once, by default of the budget's size in pixels;
    their root, absolute."""
    root = osp.join(osp.abspath(out), 'data')
    if not osp.isfile(osp.join(root, 'complete')):
        width, height = size or budget.clip_size
        call_tool(
            osp.join(out, 'data.log'),
            'data/make_sample_data.py', root, *flags, '--clips-per-class',
            str(budget.clips_per_class), '--val-clips-per-class',
            str(budget.val_clips_per_class), '--size', f'{width}x{height}',
            '--seed', str(budget.seed), '--overwrite')
        open(osp.join(root, 'complete'), 'w').close()
    return osp.join(root, 'ma52')


def learn(config: str, folder: str, budget: Budget, gpu: bool) -> dict:
    """Train and test one method with one seed: ``f1_mean``, ``two_way`` and
    ``action_top1``, 0-1."""

    def run(name: str, tool: str, *args: str) -> None:
        call_tool(
            osp.join(folder, f'{name}.log'), tool, config, *args, gpu=gpu)

    # A test looks at the same clips as a validation would.
    amp = ['--amp'] if budget.amp else []
    run('train', 'train.py', '--work-dir', folder, '--no-validate', *amp)
    checkpoint = find_latest_checkpoint(folder)
    tested, sign = (osp.join(folder, x) for x in ('test', 'order_sign.json'))
    run('test', 'test.py', checkpoint, '--work-dir', tested)
    run('order', 'analysis_tools/order_sign.py', checkpoint, '--json', sign)
    metrics = read_log(tested)[-1]
    return dict(
        f1_mean=metrics['ma52/f1_mean'],
        action_top1=metrics['ma52/action_top1'],
        two_way=load(sign)['two_way'])


def read_log(folder: str) -> List[dict]:
    """What the only run in a work folder logged; the last are its scores."""
    found = glob(osp.join(folder, '*', '[0-9]*.json'))
    if len(found) != 1:
        raise RuntimeError(f'expected one log in {folder}, but found '
                           f'{len(found)}')
    with open(found[0], encoding='utf-8') as f:
        return [json.loads(line) for line in f if line.strip()]


def count(config: str, log: str) -> dict:
    """Parameters, operations and the shape of one view."""
    text = call_tool(log, 'analysis_tools/model_complexity.py', config)
    row = next(line for line in text.splitlines() if '.py |' in line)
    parameters, gflops, shape = (cell.strip() for cell in row.split('|')[2:5])
    return dict(
        parameters=float(parameters),
        gflops=float(gflops),
        shape=[int(n) for n in shape.split(' x ')])


def time_model(cfg: Config, shape: Sequence[int], budget: Budget,
               gpu: bool) -> dict:
    """Median milliseconds of one clip on one thread of the CPU, ``cpu_ms``; of
    training steps on the GPU ``clips_per_s`` and ``memory_gib``."""
    # A 3-D network's clip is one view of (3, T, H, W).
    if cfg.model.data_preprocessor.get('format_shape') == 'NCTHW':
        shape = (1, *shape)
    who = steps.Contestant(precision='AMP' if budget.amp else 'fp32')
    model = steps.build_model(cfg, who, 'cpu')
    run = steps.inference(model, steps.random_batch(1, shape))
    row, = compare({'it': run}, 'it', rounds=5)
    found = dict(cpu_ms=1000 * spread(row.wall).median)
    if gpu:
        size = budget.batch_size
        model = steps.build_model(cfg, who, 'cuda')
        run = steps.training_step(cfg, model, steps.random_batch(size, shape),
                                  who.precision)
        row, = compare({'it': run}, 'it', 11, 3, device='cuda')
        memory = torch.cuda.max_memory_allocated()
        found.update(
            clips_per_s=size / spread(row.wall).median,
            memory_gib=memory / 2**30)
    return found


def measure_cost(method: str, args: argparse.Namespace, budget: Budget,
                 results: Results) -> None:
    """Count and time a method, unless it is done."""
    result = results.method(method)
    if 'cpu_ms' in result:
        return
    folder, cfg = osp.join(args.out, method), budgeted(method, args, budget)
    config = osp.abspath(osp.join(folder, f'{method}.py'))
    os.makedirs(folder, exist_ok=True)
    cfg.dump(config)
    result.update(count(config, osp.join(folder, 'count.log')))
    result.update(time_model(cfg, result['shape'], budget, args.gpu))
    results.data['machine'].update(
        describe_machine('cuda' if args.gpu else 'cpu'))
    results.save()


def train(method: str, seed: int, args: argparse.Namespace, budget: Budget,
          results: Results) -> None:
    """Run one training of a method, unless it is done."""
    runs = results.method(method)['runs']
    if str(seed) in runs:
        return
    folder = osp.abspath(osp.join(args.out, method, f'seed{seed}'))
    shutil.rmtree(folder, ignore_errors=True)  # of a killed run
    os.makedirs(folder)
    config = osp.join(folder, f'{method}.py')
    with results.lock:  # reading a config is no job for several threads
        budgeted(method, args, budget, seed).dump(config)
    found = learn(config, folder, budget, args.gpu)
    with results.lock:
        runs[str(seed)] = found
        results.save()


def budgeted(method: str,
             args: argparse.Namespace,
             budget: Budget,
             seed: int = 0) -> Config:
    """A method's config within the budget; the data are made if need be."""
    source = Config.fromfile(osp.join(ROOT, 'configs', f'{method}_ma52.py'))
    root = make_data(args.out, budget)
    return apply_budget(source, budget, root, seed)


def section_of(results: dict) -> str:
    """The section; the command in it makes the results again."""
    budget = Budget(**results['budget'])
    seeds = {x for m in results['methods'].values() for x in m['runs']}
    flags = ['--gpu'] if results['device'] == 'cuda' else []
    flags += ['--seeds', *sorted(seeds)] if seeds else []
    for key, value in asdict(budget).items():
        if value != getattr(Budget(), key):
            flags.append(f'--{key.replace("_", "-")}')
            flags += [] if value is True else [str(value)]
    command = ' '.join(['python -m benchmarks.compare_methods', *flags])
    return build_section(results['methods'], budget, command,
                         results['machine'])


def work(args: argparse.Namespace) -> int:
    args.seeds = args.seeds or ([0, 1, 2] if args.gpu else [0])
    torch.set_num_threads(1)
    init_default_scope('mmaction')
    budget = Budget(**{x.name: getattr(args, x.name) for x in fields(Budget)})
    path = osp.join(args.out, 'results.json')
    if args.page_only and not osp.isfile(path):
        raise UserError(f'--page-only, but there is no {path}')
    if args.gpu and not args.page_only and not torch.cuda.is_available():
        raise UserError('--gpu, but PyTorch finds no GPU here')
    os.makedirs(args.out, exist_ok=True)
    results = Results(path, budget, 'cuda' if args.gpu else 'cpu')
    failed = set()

    def attempt(name: str, job: Callable, method: str, *rest) -> None:
        if method in failed:
            return
        try:
            job(method, *rest, args, budget, results)
            console.print(f'{METHODS[method]}: {name} done')
        except RuntimeError as error:
            failed.add(method)
            console.print(f'{METHODS[method]}: {error}', markup=False)

    # What all of them cost first, undisturbed: minutes; the trainings: hours.
    for method in [] if args.page_only else args.methods:
        attempt('cost', measure_cost, method)
    todo = [] if args.page_only else product(args.seeds, args.methods)
    with ThreadPoolExecutor(args.jobs) as pool:
        list(
            pool.map(lambda x: attempt(f'seed {x[0]}', train, x[1], x[0]),
                     todo))
    path = osp.join(args.out, 'methods.md')
    Path(path).write_text(section_of(results.data) + '\n', encoding='utf-8')
    console.print(f'written: {path}')
    if failed:
        console.print(f'{", ".join(failed)} failed; the same command tries '
                      'them again')
    return int(bool(failed))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
