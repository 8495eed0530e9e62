# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Draw attention maps of MMNet: difference, attention and positions.

Each row has the onset, the apex, their difference (brighter: red, darker:
blue), the attention maps of the four stages, and the distance of the position
features of each place from their mean.
"""
import argparse
import sys
from typing import List, Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run

EXAMPLE = """example:
  python tools/micro_expression/draw_attention.py \\
      configs/mmnet_casme2_5cls.py CHECKPOINT --out attention.png --number 6
"""


def build_parser() -> argparse.ArgumentParser:
    from mmengine.config import DictAction
    parser = make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config of an MMNet')
    parser.add_argument('checkpoint', help='checkpoint of the model')
    parser.add_argument('--out', required=True, help='output file (png)')
    parser.add_argument(
        '--clips',
        nargs='+',
        metavar='NAME',
        help='names of clips of the test set, e.g. sub01/EP02_01f (default: '
        '--number clips, evenly spaced in the set)')
    parser.add_argument(
        '--number', type=int, default=4, help='default: %(default)s')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        type=lambda x: x[x.index('='):] and x,
        metavar='KEY=VALUE',
        help='override settings of the config')
    add_debug(parser)
    return parser


def choose(names: Sequence[str], wanted: Optional[Sequence[str]],
           number: int) -> List[int]:
    """Indices of the wanted clips, or of ``number`` clips spread evenly."""
    from mmaction_microaction.utils.errors import UserError
    if wanted:
        unknown = sorted(set(wanted) - set(names))
        if unknown:
            raise UserError(f'no such clips in the test set: {unknown}; it '
                            f'has e.g. {list(names[:3])}')
        return [names.index(name) for name in wanted]
    if number < 1:
        raise UserError(f'--number must be at least 1, but got {number}')
    number = min(number, len(names))
    return [int((i + .5) * len(names) / number) for i in range(number)]


def work(args: argparse.Namespace) -> None:
    from rich.progress import track

    from mmaction_microaction.analysis import (build_test_set,
                                               explain_expression, load_model)
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.tool_parts import load_config
    from mmaction_microaction.visualization import draw_micro_expressions
    cfg = load_config(args.config, args.cfg_options)
    model = load_model(cfg, args.checkpoint)
    dataset = build_test_set(cfg)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    names = [info.get('clip_name', str(i)) for i, info in enumerate(infos)]
    chosen = choose(names, args.clips, args.number)
    classes = dataset.metainfo['classes']
    maps = [
        explain_expression(model, dataset[i], classes, names[i])
        for i in track(chosen, 'Looking')
    ]
    with new_file(args.out) as (path, placed):
        draw_micro_expressions(maps, path)
    args.out, = placed.values()
    subjects = sorted({str(infos[i].get('subject', '?')) for i in chosen})
    print(f'wrote {args.out}: clips of {", ".join(subjects)}; what a network '
          'makes of people of its training says little')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
