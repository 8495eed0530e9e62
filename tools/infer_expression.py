# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Recognise the micro-expression of clips without annotation.

The first frame of a clip is taken for the onset; the apex is the frame whose
face departs most from it. Prints a table: clip, frames, number and time of the
apex, how much it departs (grey values; below 1 is noise: then the class means
nothing), the class, and the probability of every class.
"""
import argparse
import csv
import sys
from typing import List, Optional, Sequence

from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from rich.progress import track

import mmaction_microaction  # noqa: F401  installs the shims
from mmaction_microaction.analysis import (AnyExpression, ExpressionReader,
                                           explain_expression, load_model,
                                           score_expression)
from mmaction_microaction.visualization import draw_micro_expressions

EXAMPLE = """example:
  python tools/infer_expression.py configs/mmnet_casme2sample.py \\
      work_dirs/loso/mmnet_casme2sample/folds/sub01/weights.pth \\
      smile.mp4 data/casme2/Cropped-updated/Cropped/sub01/EP15_01f

A clip holds one expression, from its beginning on; the face should fill the
picture, as in the data sets. A model of drawn faces is for drawn faces only.
"""


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config of the model')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument(
        'clips', nargs='+', help='videos, or folders of numbered pictures')
    parser.add_argument(
        '--picture',
        metavar='PNG',
        help='draw onset, apex, difference and, as only MMNet has them, '
        'attention maps of all clips')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='settings of the config to change')
    return parser.parse_args(argv)


def describe(path: str, clip: AnyExpression, classes: Sequence[str],
             scores: Sequence[float]) -> list:
    """One row of the table."""
    return [
        path, clip.frames, clip.apex, f'{clip.seconds:.3f}',
        f'{clip.departure:.2f}', classes[int(scores.argmax())],
        *(f'{score:.4f}' for score in scores)
    ]


def infer(args: argparse.Namespace) -> List[list]:
    """Header and rows of the table."""
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options or {})
    init_default_scope('mmaction')
    reader = ExpressionReader(cfg)
    model = load_model(cfg, args.checkpoint)
    rows, maps = [], []
    for path in track(
            args.clips, 'Recognising', disable=not sys.stderr.isatty()):
        clip = reader(path)
        scores = score_expression(model, clip.sample)
        rows.append(describe(path, clip, reader.classes, scores))
        if args.picture:
            maps.append(
                explain_expression(model, clip.sample, reader.classes, path))
    if args.picture:
        draw_micro_expressions(maps, args.picture)
    header = ['clip', 'frames', 'apex', 'seconds', 'departure', 'class']
    return [[*header, *reader.classes], *rows]


def main(argv: Optional[Sequence[str]] = None) -> None:
    try:
        table = infer(parse_args(argv))
    except (ValueError, TypeError, OSError) as error:
        line = ' '.join(str(error).split())
        print(f'infer_expression.py: error: {line}', file=sys.stderr)
        sys.exit(2)
    csv.writer(sys.stdout, lineterminator='\n').writerows(table)


if __name__ == '__main__':
    main()
