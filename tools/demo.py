# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From nothing to a trained, tested and drawn model, in minutes on two cores.

Makes sample data, trains MANet in a small configuration and TSN, which is
blind to the order of frames, for comparison, tests both on people that
neither has seen, and draws some predictions. Every step is one of the other
tools; its command is printed, and its output kept in OUT/logs.

    python tools/demo.py --out demo_out
"""
import argparse
import json
import os
import os.path as osp
import subprocess
import sys
import time
from typing import Dict, List

from rich.console import Console
from rich.table import Table

TOOLS = osp.dirname(osp.abspath(__file__))
CONFIGS = osp.join(osp.dirname(TOOLS), 'configs')
METHODS = dict(
    MANet='manet_r18_ma52sample.py',
    TSN='tsn_r18_ma52sample.py',
)
console = Console(highlight=False)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--out', default='demo_out', help='folder (default: demo_out)')
    parser.add_argument(
        '--short',
        action='store_true',
        help='few clips and one epoch: checks that everything runs, learns '
        'next to nothing')
    parser.add_argument('--seed', type=int, default=0, help='default: 0')
    return parser.parse_args()


def run(title: str, log: str, tool: str, *args: str, **env: str) -> None:
    """Run a tool; show where it is, keep its output.

    Args:
        title (str): What to call the step.
        log (str): File for the output.
        tool (str): Script in this folder.
        *args (str): Its arguments.
        **env (str): Added to its environment.

    Raises:
        SystemExit: If it fails, with the end of its output.
    """
    words = [f'{key}={value}' for key, value in env.items()]
    words += ['python', f'tools/{tool}', *args]
    console.print(f'[bold]{title}[/]')
    console.print('  ' + ' '.join(words), soft_wrap=True, markup=False)
    start, lines = time.time(), []
    command = [sys.executable, '-W', 'ignore', osp.join(TOOLS, tool), *args]
    env = {**os.environ, 'PYTHONUNBUFFERED': '1', **env}
    with open(log, 'w') as file, console.status('') as status, \
            subprocess.Popen(command, env=env, text=True,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            file.write(line)
            lines.append(line)
            if 'Epoch(' in line:
                status.update(line[line.index('Epoch('):].strip()[:100])
    if process.returncode:
        console.print(''.join(lines[-30:]), markup=False)
        raise SystemExit(f'{tool} failed; all of its output is in {log}')
    console.print(f'  done in {time.time() - start:.0f} s')


def learn(method: str, out: str, *options: str) -> Dict[str, float]:
    """Train and test one method.

    Args:
        method (str): Key of ``METHODS``.
        out (str): The demo's folder.
        *options (str): Further arguments of the training.

    Returns:
        dict[str, float]: Metrics of the test and of the order sign.
    """
    config = osp.relpath(osp.join(CONFIGS, METHODS[method]))
    name = method.lower()
    work_dir = osp.join(out, name)
    log = osp.join(out, 'logs', f'{name}_{{}}.log').format
    env = dict(MA52_ROOT=osp.join(out, 'data', 'ma52'))
    # The test below looks at the same clips as a validation would.
    run(f'Train {method}', log('train'), 'train.py', config, '--work-dir',
        work_dir, '--no-validate', *options, **env)
    with open(osp.join(work_dir, 'last_checkpoint')) as f:
        checkpoint = f.read()
    run(f'Test {method} on unseen people', log('test'), 'test.py', config,
        checkpoint, '--work-dir', work_dir, '--dump',
        osp.join(work_dir, 'predictions.pkl'), **env)
    sign = osp.join(work_dir, 'order_sign.json')
    run(f'Ask {method} for the order of frames', log('order'),
        'analysis_tools/order_sign.py', config, checkpoint, '--json', sign,
        **env)
    with open(sign) as f:
        return {**_metrics(work_dir), **json.load(f)}


def _metrics(work_dir: str) -> Dict[str, float]:
    """What the last test wrote: the runner keeps it as json."""
    runs = sorted(
        entry.path for entry in os.scandir(work_dir) if entry.is_dir()
        and osp.isfile(osp.join(entry.path, f'{entry.name}.json')))
    with open(osp.join(runs[-1], f'{osp.basename(runs[-1])}.json')) as f:
        return json.load(f)


def report(results: Dict[str, Dict[str, float]], out: str) -> None:
    """Print the table and write it as json."""
    rows = (('ma52/action_top1', 'action top-1, %',
             100), ('ma52/action_top5', 'action top-5, %',
                    100), ('ma52/body_top1', 'body top-1, %',
                           100), ('ma52/f1_mean', 'F1 mean, %', 100),
            ('two_way', 'time-reversed pairs, two-way, %',
             100), ('order_sign', 'order sign, %', 100),
            ('largest_difference', 'forward - reversed logits, largest', 1))
    table = Table('unseen people', *results)
    for key, title, factor in rows:
        values = [f'{factor * r[key]:.3g}' for r in results.values()]
        table.add_row(title, *values)
    console.print(table)
    with open(osp.join(out, 'results.json'), 'w') as f:
        json.dump(results, f, indent=2)


def main() -> None:
    args = parse_args()
    start = time.time()
    os.makedirs(osp.join(args.out, 'logs'), exist_ok=True)
    data = osp.join(args.out, 'data')
    clips: List[str] = ['4', '--val-clips-per-class', '1'] if args.short \
        else ['40', '--val-clips-per-class', '8']
    options = [
        '--clips-per-class', *clips, '--balanced', '--size', '80x96', '--seed',
        str(args.seed)
    ]
    made_with = osp.join(data, 'made_with.json')
    if not osp.isfile(made_with) or json.load(open(made_with)) != options:
        run('Make sample data', osp.join(args.out, 'logs', 'data.log'),
            'data/make_sample_data.py', data, *options, '--overwrite')
        with open(made_with, 'w') as f:
            json.dump(options, f)
    brief = ['--cfg-options', 'train_cfg.max_epochs=1']
    # Whatever its training, TSN cannot tell forward from reversed.
    few = [*brief, 'train_dataloader.dataset.indices=640']
    results = dict(
        MANet=learn('MANet', args.out, *(brief if args.short else [])),
        TSN=learn('TSN', args.out, *(brief if args.short else few)))
    picture = osp.join(args.out, 'predictions.png')
    run('Draw some predictions', osp.join(args.out, 'logs', 'draw.log'),
        'analysis_tools/draw_predictions.py',
        osp.join(args.out, 'manet', 'predictions.pkl'), '--data-root',
        osp.join(data, 'ma52'), '--out', picture)
    report(results, args.out)
    if not args.short:
        console.print('TSN was trained on 640 clips, once: it is here to show '
                      'that it cannot tell forward from reversed.')
    console.print(f'Picture: {picture}   tables, confusion matrices, logs: '
                  f'{args.out}/manet   {time.time() - start:.0f} s in all')


if __name__ == '__main__':
    main()
