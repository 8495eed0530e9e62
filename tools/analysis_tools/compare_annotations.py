# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Compare two annotations of a video: a model's with a person's, or two
persons'.

Each is an ELAN file (.eaf), a workbook of BORIS (.xlsx), predictions.json or
segments.csv. Prints for each body part Cohen's kappa, frame by frame, and the
F1 of segments that are matched one to one; what they mean exactly stands in
docs/formats.md. '-' is where a number is not defined, as kappa is for a body
part that nobody saw moving.
"""
import argparse
import csv
import json
import math
import sys
import warnings
from typing import Dict, List, Optional, Tuple

import numpy as np
from rich.console import Console
from rich.table import Table

from mmaction_microaction.evaluation.functional import annotation_agreement
from mmaction_microaction.formats import Annotations, read_annotations
from mmaction_microaction.utils.errors import UserError

# Names are printed as they are.
CONSOLE = dict(markup=False, emoji=False, highlight=False)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n'
        '  python tools/analysis_tools/compare_annotations.py \\\n'
        '      out/interview/predictions.json anna.eaf --csv agreement.csv')
    parser.add_argument('a', metavar='A', help='the one annotation')
    parser.add_argument('b', metavar='B', help='the other')
    parser.add_argument(
        '--step',
        type=float,
        default=0.04,
        help='for kappa, look at the video every so many seconds '
        '(default: 0.04)')
    parser.add_argument(
        '--iou',
        type=float,
        default=0.5,
        help='two segments match from this overlap on: what they share, '
        'divided by what they cover together (default: 0.5)')
    parser.add_argument(
        '--duration',
        type=float,
        help='of the video, seconds (default: as predictions.json or our .eaf '
        'says, else, with a warning, the last end of a segment)')
    parser.add_argument(
        '--skip-unknown',
        action='store_true',
        help='leave out, with a warning, what is none of the 52 micro-actions '
        'or has no end')
    parser.add_argument('--json', help='file to write the numbers into')
    parser.add_argument('--csv', help='file to write the table into')
    return parser.parse_args()


def find_duration(found: List[Annotations], asked: Optional[float]) -> float:
    """Of the video, seconds; the last end, with a warning, where no file
    says."""
    if asked is not None:
        return asked
    known = [x.duration for x in found if x.duration is not None]
    ends = [segment.end for x in found for segment in x.segments]
    if not known and not ends:
        raise UserError('neither annotation has a segment or says how long '
                        'the video is; set --duration')
    if not known:
        warn(f'neither file says how long the video is; taken as {max(ends):g}'
             ' s, the last end of a segment. Kappa depends on it: set '
             '--duration')
    return max(known + ends)


def warn(text: str) -> None:
    Console(stderr=True, **CONSOLE).print(f'warning: {text}', soft_wrap=True)


def to_arrays(annotation: Annotations) -> Tuple[np.ndarray, np.ndarray]:
    """Segments (M, 2) in seconds and labels (M,)."""
    segments = annotation.segments
    return (np.array([(s.start, s.end) for s in segments]).reshape(-1, 2),
            np.array([s.action for s in segments], np.int64))


def print_table(scores: Dict[str, dict]) -> None:
    table = Table('body part', 'kappa', 'same, %', 'F1, %', 'matched', 'A',
                  'B', 'A, s', 'B, s')
    for column in table.columns[1:]:
        column.justify = 'right'
    for name, row in scores.items():
        if name == 'all':
            table.add_section()
        table.add_row(
            name, number(row['kappa'], '.3f'), number(100 * row['agreement']),
            number(100 * row['f1']),
            *(str(row[key]) for key in ('matched', 'count_a', 'count_b')),
            number(row['seconds_a']), number(row['seconds_b']))
    Console(**CONSOLE).print(table)


def number(value: float, form: str = '.1f') -> str:
    if math.isnan(value):
        return '-'
    return format(value, form).replace('-0.000', '0.000')


def write_files(args: argparse.Namespace, content: dict) -> None:
    if args.json:
        # JSON has no NaN.
        plain = {
            name: {
                key: None if math.isnan(value) else value
                for key, value in row.items()
            }
            for name, row in content['bodies'].items()
        }
        with open(args.json, 'w') as file:
            json.dump(dict(content, bodies=plain), file, indent=2)
            file.write('\n')
    if args.csv:
        with open(args.csv, 'w', newline='') as file:
            writer = csv.writer(file)
            rows = content['bodies']
            writer.writerow(['body_part', *rows['all']])
            writer.writerows([name, *row.values()]
                             for name, row in rows.items())


def compare(args: argparse.Namespace) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always', UserWarning)
        found = [
            read_annotations(path, not args.skip_unknown)
            for path in (args.a, args.b)
        ]
    for warning in caught:
        warn(str(warning.message))
    duration = find_duration(found, args.duration)
    scores = annotation_agreement(*map(to_arrays, found), duration, args.step,
                                  args.iou)
    print_table(scores)
    Console(**CONSOLE).print(
        f'A: {args.a}\nB: {args.b}\nvideo of {duration:.2f} s, looked at '
        f'every {args.step:g} s; segments match from IoU {args.iou:g} on',
        soft_wrap=True)
    write_files(
        args,
        dict(
            a=args.a,
            b=args.b,
            duration=duration,
            step=args.step,
            iou=args.iou,
            bodies=scores))


def main() -> None:
    args = parse_args()
    try:
        compare(args)
    except (ImportError, OSError, ValueError) as error:
        text = str(error).replace('strict=False', '--skip-unknown')
        sys.stderr.write(f'compare_annotations.py: error: {text}\n')
        sys.exit(2)


if __name__ == '__main__':
    main()
