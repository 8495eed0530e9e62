# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Run the whole package on sample data, in minutes on two cores.

Generates sample data, trains a small MANet and, for comparison, TSN, which
ignores the order of frames, tests both on unseen people, and draws some
predictions. Every step runs one of the other tools; its command is printed,
and its output is in OUT/logs. A second run continues an interrupted one.

    python tools/demo.py --out demo_out
    python tools/demo.py --out demo_out --timeline

--timeline generates sessions in which people rest most of the time, trains a
detector on them that starts from MANet, calibrates it on sessions of other
people, and draws its timeline of another unseen person.
"""
import argparse
import json
import os
import os.path as osp
import re
import runpy
import shutil
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Dict, Optional, Sequence

from rich.console import Console
from rich.table import Table

from mmaction_microaction_cli.tool import make_parser

TOOLS = osp.dirname(osp.abspath(__file__))
CONFIGS = osp.relpath(osp.join(osp.dirname(TOOLS), 'configs'))
#: Steps are forked off one process that has imported what all of them need.
FORKS = get_context('forkserver')
FORKS.set_forkserver_preload(['mmaction_microaction', 'mmengine.runner'])
console = Console(highlight=False, soft_wrap=True)  # to copy lines whole


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add, flag = parser.add_argument, dict(action='store_true')
    add('--out', default='demo_out', help='output folder (default: demo_out)')
    add('--short',
        help='quick check: few clips, one epoch, no useful result',
        **flag)
    add('--seed', type=int, default=0, help='default: 0')
    add('--overwrite', help='start again in this folder', **flag)
    add('--timeline', help='train a detector and draw a timeline', **flag)
    return parser


def run_tool(log: Path, tool: str, args: Sequence[str]) -> None:
    """Run a tool as the main program of this process, with all output to a
    file."""
    sys.stdout = sys.stderr = file = open(log, 'w', buffering=1)
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    sys.argv = [osp.join(TOOLS, tool), *args]
    runpy.run_path(sys.argv[0], run_name='__main__')


class Steps:
    """Runs tools one after the other, except those that an earlier run
    completed."""

    def __init__(self, out: str, anew: bool) -> None:
        self.logs, self.anew = Path(out, 'logs'), anew
        self.logs.mkdir(parents=True, exist_ok=True)

    def __call__(self, title: str, name: str, tool: str, *args: str) -> None:
        """Run a tool unless it is complete; show progress, keep its output.

        A stopped training continues after its last epoch. A failed tool ends
        the demo.
        """
        log, record = self.logs / f'{name}.log', self.logs / f'{name}.json'
        console.print(f'[bold]{title}[/]')
        line = ' '.join(('python', f'tools/{tool}', *args))
        console.print(f'  {line}', markup=False)
        old, new = None, dict(command=[tool, *args], done=False)
        if record.is_file() and not self.anew:
            old = json.loads(record.read_text())
        if old == dict(new, done=True):
            console.print('  done before')
            return
        if tool == 'train.py' and old == new:
            args += ('--resume', )
        elif tool == 'train.py':
            shutil.rmtree(args[2], ignore_errors=True)
        record.write_text(json.dumps(new))
        start, self.anew = time.time(), True
        process = FORKS.Process(target=run_tool, args=(log, tool, args))
        process.start()
        self._watch(process, log, start)
        if process.exitcode:
            console.print(log.read_text()[-3000:], markup=False)
            raise SystemExit(f'{tool} failed; all of its output is in {log}')
        record.write_text(json.dumps(dict(new, done=True)))
        console.print(f'  done in {time.time() - start:.0f} s')

    @staticmethod
    def _watch(process, log: Path, start: float) -> None:
        """Wait for the process; write progress to a file now and then."""
        told = start
        with console.status('') as status:
            while process.is_alive():
                process.join(.5)
                text = log.read_text(errors='replace') if log.exists() else ''
                seen = ['', *re.findall(r'Epoch\(.{,80}', text)]
                line = f'  {time.time() - start:.0f} s  {seen[-1]}'
                status.update(line)
                if not console.is_terminal and time.time() > told + 20:
                    told = time.time()
                    console.print(line)


def train(step: Steps, method: str, out: str, name: str, *options:
          str) -> tuple:
    """Train one method: its config, and its last checkpoint."""
    config = osp.join(CONFIGS, f'{name}.py')
    folder = osp.join(out, method.lower())
    # The test uses the same clips as a validation.
    step(f'Train {method}', f'{method.lower()}_train', 'train.py', config,
         '--work-dir', folder, '--no-validate', *options)
    last = Path(folder, 'last_checkpoint').read_text()
    return config, osp.join(folder, osp.basename(last))


def learn(step: Steps, method: str, out: str, *options: str) -> dict:
    """Train and test one method; returns test metrics and order sign."""
    name = method.lower()
    config, checkpoint = train(step, method, out, f'{name}_r18_ma52demo',
                               *options)
    work_dir = osp.dirname(checkpoint)
    step(f'Test {method} on unseen people', f'{name}_test', 'test.py', config,
         checkpoint, '--work-dir', work_dir, '--dump',
         osp.join(work_dir, 'predictions.pkl'))
    sign = osp.join(work_dir, 'order_sign.json')
    step(f'Ask {method} for the order of frames', f'{name}_order',
         'analysis_tools/order_sign.py', config, checkpoint, '--json', sign)
    # The runner stores the last test's scores in FOLDER/<time>/<time>.json.
    last = max(
        path for path in Path(work_dir).glob('*/*.json')
        if path.stem == path.parent.name)
    return {
        **json.loads(last.read_text()),
        **json.loads(Path(sign).read_text())
    }


def draw_timeline(step: Steps, out: str, manet: str, args) -> str:
    """Train a detector of sessions from MANet; the picture of a timeline."""
    root = osp.join(out, 'data', 'sessions')
    videos, seconds = (('4', '3', '1'), '15') if args.short else \
        (('160', '10', '2'), '60')
    step('Draw sessions', 'sessions', 'data/make_sample_data.py',
         osp.dirname(root), '--tasks', 'sessions', '--videos', *videos,
         '--rest-videos', '0', '--duration', seconds, seconds, '--rate', '12',
         '28', '--size', '64x80', '--seed', str(args.seed), '--overwrite')
    start = f'model.backbone.init_cfg.checkpoint={manet}'
    # A third of the config's windows, to save time.
    windows = 'train_dataloader.dataset.per_epoch='
    brief = (f'{windows}40', 'train_cfg.max_epochs=1') if args.short else \
        (f'{windows}500', )
    config, checkpoint = train(step, 'Detector', out, 'manet_r18_mma52demo',
                               '--cfg-options', start, *brief)
    fitted = osp.join(osp.dirname(checkpoint), 'calibrated.pth')
    step('Measure how right it is', 'calibrate', 'analysis_tools/calibrate.py',
         config, checkpoint, osp.join(root, 'videos_val'), '--truth',
         osp.join(root, 'val.csv'), '--out', fitted)
    step('Look for micro-actions in a session of somebody else', 'infer',
         'infer.py', config, fitted,
         osp.join(root, 'videos_test', 'test0000.mp4'), '--out',
         osp.join(out, 'timeline'), '--ann-file',
         osp.join(root, 'test_labels.csv'))
    return osp.join(out, 'timeline', 'test0000')


def report(results: Dict[str, Dict[str, float]], out: str) -> None:
    """Print the table and write it as json."""
    rows = {
        'action top-1, %': 'ma52/action_top1',
        'action top-5, %': 'ma52/action_top5',
        'body top-1, %': 'ma52/body_top1',
        'F1 mean, %': 'ma52/f1_mean',
        'time-reversed pairs, two-way, %': 'two_way',
        'order sign, %': 'order_sign',
        'forward - reversed logits, largest': 'largest_difference',
    }
    table = Table('unseen people', *results)
    for title, key in rows.items():
        factor = 100 if title.endswith('%') else 1
        table.add_row(title,
                      *(f'{factor * r[key]:.3g}' for r in results.values()))
    console.print(table)
    Path(out, 'results.json').write_text(json.dumps(results, indent=2))


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    start, step = time.time(), Steps(args.out, args.overwrite)
    data = osp.join(args.out, 'data')
    # Threads that wait must not spin: with a busy neighbour that takes ten
    # times as long.
    os.environ.update(
        MA52_ROOT=osp.join(data, 'ma52'),
        MMA52_ROOT=osp.join(data, 'sessions'),
        OMP_WAIT_POLICY='PASSIVE',
        KMP_BLOCKTIME='0',
        PYTHONWARNINGS='ignore')
    console.print(f'export MA52_ROOT={os.environ["MA52_ROOT"]}')
    clips = ('4', '1') if args.short else ('28', '6')
    step('Make sample data', 'data', 'data/make_sample_data.py', data,
         '--clips-per-class', clips[0], '--val-clips-per-class', clips[1],
         '--balanced', '--size', '64x80', '--seed', str(args.seed),
         '--overwrite')
    brief = ('--cfg-options', 'train_cfg.max_epochs=1')
    if args.timeline:
        _, manet = train(step, 'MANet', args.out, 'manet_r18_ma52demo',
                         *(brief if args.short else ()))
        folder = draw_timeline(step, args.out, manet, args)
        log = Path(args.out, 'logs', 'calibrate.log').read_text()
        console.print(log[log.index('      sessions'):].rstrip(), markup=False)
        console.print(f'Timeline: {folder}/timeline.png   report: {folder}/'
                      f'report.html   {time.time() - start:.0f} s in all')
        return 0
    # However trained, TSN cannot distinguish forward from reversed.
    few = (*brief, 'train_dataloader.dataset.indices=320')
    results = dict(
        MANet=learn(step, 'MANet', args.out, *(brief if args.short else ())),
        TSN=learn(step, 'TSN', args.out, *(brief if args.short else few)))
    picture = osp.join(args.out, 'predictions.png')
    step('Draw some predictions', 'draw', 'analysis_tools/draw_predictions.py',
         osp.join(args.out, 'manet', 'predictions.pkl'), '--data-root',
         os.environ['MA52_ROOT'], '--out', picture)
    report(results, args.out)
    if not args.short:
        console.print('TSN was trained on 320 clips, once: it is here to show '
                      'that it cannot tell forward from reversed.')
    console.print(f'Picture: {picture}   tables, confusion matrices, logs: '
                  f'{args.out}/manet   {time.time() - start:.0f} s in all')
    return 0


if __name__ == '__main__':
    sys.exit(main())
