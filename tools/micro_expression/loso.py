# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Leave one subject out: train and test every fold, then pool the scores.

Each fold runs the stock tools/train.py and tools/test.py on its own config.
Counts are pooled over the folds before scoring, so UF1 and UAR are of the
whole data set. After an interruption the same command continues, with the same
result. The last epoch is tested; the best one only on request, noted in every
file.
"""
import argparse
import os.path as osp
import signal
import sys
from math import isnan
from typing import List, Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser

TOOLS = osp.dirname(osp.dirname(osp.abspath(__file__)))
EPOCH_RULES = ('last', 'best-accuracy', 'best-uf1')
_SHOWN = 10  # findings on the screen
STOPPED = 'stopped; the same command goes on from here'
EXAMPLE = """example, about four minutes on two cores:
  python tools/data/make_sample_data.py data --tasks casme2 --faces 4
  python tools/micro_expression/loso.py configs/mmnet_casme2sample.py \\
      --workers 2

  # some subjects only; those of earlier runs stay in the table
  python tools/micro_expression/loso.py configs/mmnet_casme2_5cls.py \\
      --folds sub01 sub02

OUT holds loso.json, subjects.csv, predictions.csv, findings.csv (clips that
were dropped or put right), confusion.png and a folder for each fold. Several
machines may share OUT, each with --folds of its own. A table that you have
changed stays, the new one stands beside it as subjects.new.csv.
"""


def build_parser() -> argparse.ArgumentParser:
    from mmengine.config import DictAction
    parser = make_parser(__doc__, EXAMPLE)
    add = parser.add_argument
    add('config', help='config with a MicroExpressionDataset')
    add('--folds',
        nargs='+',
        metavar='SUBJECT',
        help='subjects to run, in any spelling (default: all)')
    add('--workers',
        type=int,
        default=1,
        help='folds in parallel, sharing the cores, or distributed over the '
        'GPUs (default: 1)')
    add('--out',
        help='output folder (default: work_dirs/loso/<config>, plus the '
        'value of --epoch unless last)')
    add('--epoch',
        choices=EPOCH_RULES,
        default='last',
        help='epoch of a fold to test; best-... selects it on the test '
        'subject, as in some published results, and is too optimistic '
        '(default: last)')
    add('--list',
        action='store_true',
        help='only print the folds and their state')
    add('--cfg-options',
        nargs='+',
        action=DictAction,
        type=lambda x: x[x.index('='):] and x,
        metavar='KEY=VALUE',
        help='override settings of the config, in all folds')
    add_debug(parser)
    return parser


def open_run(args: argparse.Namespace):
    """The run of the command line."""
    from mmaction_microaction.engine.loso import LosoRun
    from mmaction_microaction.utils.tool_parts import load_config
    cfg = load_config(args.config, args.cfg_options)
    if args.out is None:
        name = osp.splitext(osp.basename(args.config))[0]
        rule = '' if args.epoch == 'last' else f'_{args.epoch}'
        args.out = osp.join('work_dirs', 'loso', name + rule)
    return LosoRun(cfg, args.out, args.folds, args.epoch)


def run(loso, workers: int, console) -> None:
    """Run the folds with a progress bar for all and one per active fold."""
    from mmaction_microaction.utils.tool_parts import progress_bar
    with progress_bar(console, 'unit') as progress:
        whole = progress.add_task(
            'Folds', total=len(loso.chosen), unit='folds')
        bars = {
            fold.subject:
            progress.add_task(
                fold.subject, total=fold.epochs, visible=False, unit='epochs')
            for fold in loso.chosen
        }

        def watch(loso) -> None:
            for fold in loso.chosen:
                progress.update(
                    bars[fold.subject],
                    completed=fold.epochs_done(),
                    visible=fold.at_work)
            done = [fold for fold in loso.chosen if fold.is_done()]
            progress.update(whole, completed=len(done))

        loso.run(TOOLS, workers, watch)


def subject_table(report):
    """Recognised clips of each subject, as a table for the terminal."""
    from rich.table import Table
    table = Table(
        title=report.title,
        caption='correct / clips by true class',
        box=None,
        padding=(0, 1, 0, 0))
    classes = report.counts['classes']
    table.add_column('subject')
    for name in ('epoch', 'clips', 'accuracy', *classes):
        table.add_column(name, justify='right')
    for _, row in report.subjects.iterrows():
        hits = [
            f'{row[f"{x} correct"]}/{row[f"{x} clips"]}'
            if row[f'{x} clips'] else '-' for x in classes
        ]
        table.add_row(
            row.subject,
            row.epoch,
            str(row.clips),
            f'{row.accuracy:.1%}',
            *hits,
            style='bold' if row.subject == 'all' else None)
    return table


def shown(score: float) -> str:
    """A score, or - if it is undefined: no clip of a class."""
    return '-' if isnan(score) else f'{score:.4f}'


def score_lines(scores: dict) -> List[str]:
    """The scores of all clips, and of each data set on its own line."""
    lines = []
    sources = [key[:-4] for key in scores if key.endswith('_uf1')]
    for source in ['', *(f'{source}_' for source in sources)]:
        line = '  '.join(f'{key.upper() if key != "accuracy" else key} '
                         f'{shown(scores[source + key])}'
                         for key in ('uf1', 'uar', 'accuracy'))
        lines.append(f'{source.rstrip("_") or "all clips"}: {line}')
    lines.append('F1: ' + '  '.join(f'{key[3:]} {shown(value)}'
                                    for key, value in scores.items()
                                    if key.startswith('f1_')))
    return lines


def show_folds(loso, console) -> None:
    from rich.table import Table
    table = Table('subject', 'clips', 'epochs done', 'state')
    for fold in loso.folds:
        state = 'done' if fold.is_done() else ''
        table.add_row(fold.subject, str(fold.clips),
                      f'{fold.epochs_done()} of {fold.epochs}', state)
    console.print(table)
    show_findings(loso, console)


def show_findings(loso, console) -> None:
    """Problems of the data set; the scheme's selection in one line."""
    chosen = [x for x in loso.dataset.dropped if x.is_expected]
    lost = [x for x in loso.dataset.dropped if not x.is_expected]
    if chosen:
        console.print(f'{len(chosen)} clips left out by the scheme, such as '
                      f'{chosen[0]}')
    for what, findings in (('clips LOST', lost), ('things put right',
                                                  loso.dataset.notes)):
        if findings:
            console.print(f'{len(findings)} {what}:')
        for finding in findings[:_SHOWN]:
            console.print(f'  {finding}')
        if len(findings) > _SHOWN:
            console.print('  ... all are in findings.csv')


def conclude(loso, epoch: str, console) -> None:
    """Print and write the joint results of the folds."""
    from mmaction_microaction.engine.loso import LosoReport
    from mmaction_microaction.utils.files import new_files
    from mmaction_microaction.visualization import draw_confusion_matrix
    report = LosoReport(loso, epoch)
    console.print(subject_table(report))
    for line in score_lines(report.scores):
        console.print(line)
    show_findings(loso, console)
    with new_files(loso.out) as (scratch, placed):
        report.write(scratch)
        draw_confusion_matrix(
            report.counts['confusion'],
            report.counts['classes'],
            osp.join(scratch, 'confusion.png'),
            title='\n'.join(['% of the true class',
                             *report.title.split('; ')]))
    console.print(f'written: {", ".join(placed.values())}')


def stop(*_) -> None:
    """End as Ctrl-C does, so that the tools end with this one."""
    print(STOPPED, file=sys.stderr)
    sys.exit(143)


def work(args: argparse.Namespace) -> int:
    from mmengine.logging import MMLogger

    from mmaction_microaction.utils.errors import say
    from mmaction_microaction.utils.tool_parts import plain_console
    console = plain_console()
    # Without clips omitted on request, which are in findings.csv.
    MMLogger.get_current_instance().setLevel('WARNING')
    loso = open_run(args)
    if args.list:
        loso.check_folder()
        show_folds(loso, console)
        return 0
    try:
        run(loso, args.workers, console)
    except KeyboardInterrupt:
        say(STOPPED)
        return 130
    if loso.done():
        conclude(loso, args.epoch, console)
    for subject, problem in loso.errors.items():
        console.print(f'{subject} failed: {problem}')
    if loso.errors:
        say('the same command repeats what failed')
    return int(bool(loso.errors))


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    from mmaction_microaction.utils.errors import run_tool
    former = signal.signal(signal.SIGTERM, stop)
    try:
        return run_tool(work, args)
    finally:
        signal.signal(signal.SIGTERM, former)


if __name__ == '__main__':
    sys.exit(main())
