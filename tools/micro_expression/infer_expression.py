# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Recognise the micro-expression of clips without annotation.

The first frame of a clip is used as onset; the apex is the frame whose face
differs most from it. Prints a table: clip, frames, number and time of the
apex, the difference (grey values; below 1 is noise, and the class is
meaningless), the class, and the probability of every class.
"""
import argparse
import csv
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run

_NOISE = 1.  # grey values
HEADER = ('clip', 'frames', 'apex', 'seconds', 'departure', 'class')
EXAMPLE = """example:
  python tools/micro_expression/infer_expression.py \\
      configs/mmnet_casme2sample.py \\
      work_dirs/loso/mmnet_casme2sample/folds/sub01/weights.pth \\
      smile.mp4 data/casme2/Cropped-updated/Cropped/sub01/EP15_01f

A clip holds one expression, from its beginning on; the face should fill the
picture, as in the data sets. A model of drawn faces is for drawn faces only.
"""


def build_parser() -> argparse.ArgumentParser:
    from mmengine.config import DictAction
    parser = make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config of the model')
    parser.add_argument('checkpoint', help='checkpoint of the model')
    parser.add_argument(
        'clips', nargs='+', help='videos, or folders of numbered pictures')
    parser.add_argument(
        '--picture',
        metavar='PNG',
        help='draw onset, apex, difference and, for MMNet, attention maps '
        'of all clips')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        type=lambda x: x[x.index('='):] and x,
        metavar='KEY=VALUE',
        help='override settings of the config')
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> int:
    """Print the table; returns 1 if a clip is unreadable."""
    from mmengine.logging import MMLogger
    from rich.console import Console
    from rich.progress import track

    from mmaction_microaction.analysis import (ExpressionReader,
                                               explain_expression, load_model,
                                               score_expression)
    from mmaction_microaction.utils.errors import UserError, say
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.tables import plain_text
    from mmaction_microaction.utils.tool_parts import load_config
    from mmaction_microaction.visualization import draw_micro_expressions

    # Standard output is for the table.
    MMLogger.get_current_instance().setLevel('WARNING')
    cfg = load_config(args.config, args.cfg_options)
    reader = ExpressionReader(cfg)
    model = load_model(cfg, args.checkpoint)
    table = csv.writer(sys.stdout, lineterminator='\n')
    table.writerow([*HEADER, *reader.classes])
    maps, failures = [], 0
    for path in track(
            args.clips,
            'Recognising',
            console=Console(stderr=True),
            disable=not sys.stderr.isatty()):
        try:
            clip = reader(path)
        except (UserError, OSError) as error:  # the others are to be done
            failures += 1
            say(f'error: {error}')
            continue
        if clip.departure < _NOISE:
            say(f'warning: {path}: hardly anything moves (departure '
                f'{clip.departure:.2f}), so ignore the class; the face '
                'should fill the picture')
        scores = score_expression(model, clip.sample)
        table.writerow([
            plain_text(path), clip.frames, clip.apex, f'{clip.seconds:.3f}',
            f'{clip.departure:.2f}', reader.classes[int(scores.argmax())],
            *(f'{score:.4f}' for score in scores)
        ])
        sys.stdout.flush()
        if args.picture:
            maps.append(
                explain_expression(model, clip.sample, reader.classes, path))
    if maps:
        with new_file(args.picture) as (path, placed):
            draw_micro_expressions(maps, path)
        say(f'wrote {placed.popitem()[1]}')
    return int(failures > 0)


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
