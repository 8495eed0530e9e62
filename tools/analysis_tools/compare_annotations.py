# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Compare two annotations of a video: a model's with a person's, or two
persons'.

Each is a file of ELAN (.eaf), BORIS (.boris or an export: .tsv, .csv, .xlsx,
.ods, .xls) or Label Studio (.json), subtitles (.vtt), predictions.json or
segments.csv; FILE#NAME is one observation of BORIS or one annotation (its id
or annotator) of Label Studio, if a file has several. Prints for each body part
Cohen's kappa, frame by frame, and the F1 of segments that are matched one to
one; what they mean exactly stands in docs/formats.md. '-' is where a number is
not defined, as kappa is for a body part that nobody saw moving. Where segments
are marked as unsure, a second table leaves out what either was unsure of.

example:
  python tools/analysis_tools/compare_annotations.py \\
      out/interview/predictions.json anna.eaf --csv agreement.csv
"""
import argparse
import csv
import json
import math
import sys
from contextlib import suppress
from functools import partial
from typing import Dict, Optional, Sequence


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('a', metavar='A', help='the one annotation')
    add('b', metavar='B', help='the other')
    add('--step',
        type=float,
        default=0.04,
        help='for kappa, look at the video every so many seconds '
        '(default: 0.04)')
    add('--iou',
        type=float,
        default=0.5,
        help='two segments match from this overlap on: what they share, '
        'divided by what they cover together (default: 0.5)')
    add('--duration',
        type=float,
        help='of the video, seconds (default: as predictions.json or our .eaf '
        'says, else, with a warning, the last end of a segment)')
    add('--skip-unknown',
        action='store_true',
        help='leave out, with a warning, what is no micro-action of the '
        'label set or has no end')
    add('--tier',
        action='append',
        default=[],
        help='of an ELAN file, read this tier (may be given more than once; '
        'default: those with a micro-action in them, as in a file that has '
        'none of the named)')
    add('--media',
        help='of an ELAN file with several, the one whose times to take')
    add('--point-duration',
        type=float,
        metavar='SECONDS',
        help='read point events of BORIS as actions of this length')
    add('--fps',
        type=float,
        help='frame rate in the labelling config of Label Studio, if its '
        'export does not have it from our tasks')
    add('--taxonomy',
        default='ma52',
        help='label set, by name or file; a predictions.json brings its own '
        '(default: %(default)s)')
    add('--json', help='file to write the numbers into')
    add('--csv', help='file to write the table into')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def warn(text: object) -> None:
    from mmaction_microaction.utils.errors import say
    say(f'warning: {text}')


def find_taxonomy(args: argparse.Namespace):
    """The label set of a predictions.json, else the one asked for."""
    from mmaction_microaction.results import read_json
    from mmaction_microaction.taxonomy import Taxonomy
    for path in (args.a, args.b):
        if path.lower().endswith('.json'):
            with suppress(ValueError, OSError):  # Label Studio's, broken
                return read_json(path).taxonomy
    return Taxonomy.load(args.taxonomy)


def read(args: argparse.Namespace, taxonomy) -> list:
    """Both annotations; what they warn of is said in a line each."""
    from mmaction_microaction.formats import read_annotations
    from mmaction_microaction.formats.eaf import share_tiers
    from mmaction_microaction.utils.errors import UserError, said_warnings
    paths = args.a, args.b
    names = ' '.join([*paths, '']).lower()
    if (args.tier or args.media) and '.eaf ' not in names:
        raise UserError('--tier and --media are for ELAN files (.eaf), but '
                        'neither A nor B is one')
    with said_warnings():
        return [
            read_annotations(
                path,
                not args.skip_unknown,
                taxonomy,
                point_duration=args.point_duration,
                fps=args.fps,
                tiers=tiers,
                media=args.media)
            for path, tiers in zip(paths, share_tiers(paths, args.tier))
        ]


def find_duration(found: list, asked: Optional[float]) -> float:
    """Of the video, seconds; the last end, with a warning, where no file
    says."""
    from mmaction_microaction.utils.errors import UserError
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


def to_arrays(annotation) -> tuple:
    """Segments (M, 2) in seconds and labels (M,)."""
    import numpy as np
    segments = annotation.segments
    return (np.array([(s.start, s.end) for s in segments]).reshape(-1, 2),
            np.array([s.action for s in segments], np.int64))


def print_table(scores: Dict[str, dict]) -> None:
    from rich.table import Table

    from mmaction_microaction.utils.tool_parts import plain_console
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
    plain_console().print(table)


def number(value: float, form: str = '.1f') -> str:
    if math.isnan(value):
        return '-'
    return format(value, form).replace('-0.000', '0.000')


def write_files(args: argparse.Namespace, content: dict) -> None:
    from mmaction_microaction.utils.files import new_file
    if args.json:
        with new_file(args.json) as (path, _), open(path, 'w') as file:
            json.dump(without_nan(content), file, indent=2)
            file.write('\n')
    if args.csv:
        with new_file(args.csv) as (path, _), \
                open(path, 'w', newline='') as file:
            writer = csv.writer(file)
            rows = content['bodies']
            writer.writerow(['body_part', *rows['all']])
            writer.writerows([name, *row.values()]
                             for name, row in rows.items())
            writer.writerows([f'{name} (sure)', *row.values()]
                             for name, row in content.get('sure', {}).items())


def without_nan(value: object) -> object:
    """For JSON, which has no NaN."""
    if isinstance(value, dict):
        return {key: without_nan(x) for key, x in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def work(args: argparse.Namespace) -> None:
    import numpy as np

    from mmaction_microaction.evaluation.functional import annotation_agreement
    taxonomy = find_taxonomy(args)
    found = read(args, taxonomy)
    duration = find_duration(found, args.duration)
    compare = partial(annotation_agreement, *map(to_arrays, found), duration,
                      args.step, args.iou, taxonomy)
    scores = compare()
    print_table(scores)
    print(f'A: {args.a}\nB: {args.b}\nvideo of {duration:.2f} s, looked at '
          f'every {args.step:g} s; segments match from IoU {args.iou:g} on')
    content = dict(
        a=args.a,
        b=args.b,
        duration=duration,
        step=args.step,
        iou=args.iou,
        bodies=scores)
    unsure = [np.array([s.unsure for s in x.segments], bool) for x in found]
    if any(map(np.any, unsure)):
        counts = [int(x.sum()) for x in unsure]
        content.update(unsure=counts, sure=compare(unsure=unsure))
        print('\nWithout what is marked as unsure, {} segments of A and {} of '
              'B:'.format(*counts))
        print_table(content['sure'])
    write_files(args, content)


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    from mmaction_microaction.utils.errors import run_tool
    return run_tool(work, args)


if __name__ == '__main__':
    sys.exit(main())
