# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Say what differs between two runs, checkpoints or results.

A and B are two of a kind:
- work folders of train.py or test.py (of each the latest run, and its last
  checkpoint), or one of their provenance.json;
- checkpoints (.pth);
- output folders of infer.py or movement.py, one of a video, or one of their
  predictions.json.
Prints one line per difference, 'key: A | B': settings, versions, machine, git
state, checksums of config, checkpoint and data, scores, segments, weights. '-'
means that there is none. A work folder's own path never counts.

examples:
  python tools/analysis_tools/compare_runs.py work_dirs/first work_dirs/second
  python tools/analysis_tools/compare_runs.py results/ again/ \\
      --ignore machine versions git --tolerance 1e-4
  python tools/analysis_tools/compare_runs.py epoch_80.pth theirs.pth

Exit code 0: they are the same; 1: they differ; 2: the call is invalid.
"""
import argparse
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('a', metavar='A', help='run, checkpoint or result')
    add('b', metavar='B', help='the one to compare with')
    add('--ignore',
        nargs='+',
        default=[],
        metavar='KEY',
        help='leave out keys, with all below them: machine, '
        'settings.train_dataloader.dataset.data_root')
    add('--tolerance',
        type=float,
        default=0.,
        help='largest difference of scores, times (seconds) and weights that '
        'counts as none (default: 0, bit-identical)')
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.analysis import compare_runs, read_records
    lines = compare_runs(
        read_records(args.a), read_records(args.b), args.ignore,
        args.tolerance)
    print('\n'.join(lines) or 'the same')
    return int(bool(lines))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
