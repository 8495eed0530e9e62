# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write the GPU rows of docs/performance.md from what gpu_round.sh measured.

docs/performance.md gets the tables of the parts between its markers; a part
without results leaves its place as it is.

example:
  benchmarks/gpu_round.sh train --out gpu_out
  python -m benchmarks.gpu_pages gpu_out
"""
import argparse
import json
import re
import sys
from pathlib import Path
from typing import List, Optional, Sequence

from benchmarks.compare_methods import section_of
from benchmarks.report import markdown_table
from mmaction_microaction.utils.errors import UserError, run_tool

#: Marker on the page -> titles of the results, in order.
PLACES = dict(
    kernels=('kernels', 'block_*'),
    train=('train_*', ),
    infer=('model', ),
    loader=('epoch', ))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('folders', nargs='+', type=Path, help='what gpu_round.sh wrote into')
    add('--docs',
        type=Path,
        default=Path(__file__).resolve().parents[1] / 'docs',
        help='folder of the pages (default: docs)')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def section(result: dict) -> str:
    """Tables, notes and machine of one result."""
    machine = ', '.join(f'{k} {v}' for k, v in result['machine'].items())
    parts = [f'**{result["title"]}**, on {machine}:']
    parts += [markdown_table(*table) for table in result['tables']]
    return '\n\n'.join([*parts, *result['notes']])


def fill(page: str, place: str, text: str) -> str:
    """Put a text between the markers of a place."""
    pattern = rf'(<!-- gpu:{place} -->\n).*?(<!-- /gpu:{place} -->)'
    if not re.search(pattern, page, re.S):
        raise UserError(f'the page has no place <!-- gpu:{place} -->')
    return re.sub(pattern, lambda m: f'{m[1]}{text}\n{m[2]}', page, flags=re.S)


def find(folders: List[Path], pattern: str) -> List[dict]:
    """Results of this name, the newest of each title last."""
    paths = sorted(x for f in folders for x in f.glob(f'{pattern}.json'))
    return [json.loads(path.read_text(encoding='utf-8')) for path in paths]


def work(args: argparse.Namespace) -> None:
    path = args.docs / 'performance.md'
    page = path.read_text(encoding='utf-8')
    filled = []
    for place, titles in PLACES.items():
        results = [r for t in titles for r in find(args.folders, t)]
        if results:
            page = fill(page, place, '\n\n'.join(map(section, results)))
            filled.append(place)
    if methods := find(args.folders, 'methods/results'):
        page = fill(page, 'methods', section_of(methods[-1]))
        filled.append('methods')
    if not filled:
        raise UserError('no results in ' + ', '.join(map(str, args.folders)))
    path.write_text(page, encoding='utf-8')
    print(f'{path}: {", ".join(filled)}')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
