# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Measure the agreement of two annotations of a video, or of many pairs.

Each annotation is a file of ELAN (.eaf), BORIS (.boris or an export: .tsv,
.csv, .xlsx, .ods, .xls) or Label Studio (.json), subtitles (.vtt),
predictions.json or segments.csv. If a file has several, FILE#NAME selects one
observation of BORIS, or one annotation (by id or annotator) of Label Studio.
Prints, for each body part, Cohen's kappa, sampled over time, and the F1 of
segments matched one to one; docs/formats.md has the definitions. '-':
undefined, for example kappa of a body part without any movement. If segments
are marked as unsure, a second table excludes them.

For two folders, or --pairs, it prints one row per pair and a pooled table:
instants and segments of all sessions are added. The 95 % intervals are
percentiles of 2000 bootstrap samples of sessions (fixed seed), '-' unless two
sessions have a segment.

examples:
  python tools/analysis_tools/compare_annotations.py \\
      out/interview/predictions.json anna.eaf --csv agreement.csv
  python tools/analysis_tools/compare_annotations.py anna/ ben/
  python tools/analysis_tools/compare_annotations.py --pairs pairs.csv

Files of two folders are paired by name without suffix. pairs.csv has the
columns a, b and optionally name, with paths relative to the table.
Exit code 1: a pair could not be compared; 2: none could.
"""
import argparse
import json
import math
import os.path as osp
import sys
from functools import partial
from typing import Callable, Dict, Optional, Sequence, Tuple

from mmaction_microaction_cli.tool import add_reading_options, make_parser, run

# Header, keys (with interval ends), factor, format.
KAPPA, SAME, F1, *COUNTS = (
    ('kappa', ['kappa'], 1, '.3f'),
    ('same, %', ['agreement'], 100, '.1f'),
    ('F1, %', ['f1'], 100, '.1f'),
    ('matched', ['matched'], 1, 'd'),
    ('A', ['count_a'], 1, 'd'),
    ('B', ['count_b'], 1, 'd'),
    ('A, s', ['seconds_a'], 1, '.1f'),
    ('B, s', ['seconds_b'], 1, '.1f'),
)
POOLED = (KAPPA, ('95 %', ['kappa_low', 'kappa_high'], 1, '.3f'), F1,
          ('95 %', ['f1_low', 'f1_high'], 100, '.1f'), *COUNTS[1:3])


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('a', metavar='A', nargs='?', help='first annotation, or a folder')
    add('b', metavar='B', nargs='?', help='second annotation, or a folder')
    add('--pairs',
        metavar='TABLE',
        help='csv or xlsx with the columns '
        'a,b,name: many pairs')
    add('--step',
        type=float,
        default=0.04,
        help='sampling interval of kappa, seconds (default: 0.04)')
    add('--iou',
        type=float,
        default=0.5,
        help='smallest overlap (intersection over union) of matching '
        'segments (default: 0.5)')
    add_reading_options(parser)
    add('--json', help='output file for the numbers')
    add('--csv', help='output file for the table')
    return parser


def list_pairs(args: argparse.Namespace) -> Dict[str, Tuple[str, str]]:
    """Name -> two files; a single pair has no name."""
    from mmaction_microaction.formats.annotation_files import find_annotations
    from mmaction_microaction.utils.errors import UserError, first_of, say
    from mmaction_microaction.utils.tables import read_table, row_error
    if bool(args.pairs) == bool(args.b) or args.pairs and args.a:
        raise UserError('expected two annotations, two folders, or --pairs')
    if not args.pairs and not osp.isdir(args.a) and not osp.isdir(args.b):
        return {'': (args.a, args.b)}
    found: Dict[str, Tuple[str, str]] = {}
    table = read_table(args.pairs, ['a', 'b']) if args.pairs else None
    for line, row in table.to_dict('index').items() if args.pairs else ():
        a, b = (osp.join(osp.dirname(args.pairs), row[x]) for x in 'ab')
        name = row.get('name') or osp.splitext(osp.basename(a))[0]
        if not row['a'] or not row['b'] or name in found:
            raise row_error(
                args.pairs, line, 'expected two files, and a name '
                f'that no other row has, but got {[*row.values()]}')
        found[name] = a, b
    if not args.pairs:
        ours, theirs = ({
            name: file
            for file, name in find_annotations([x], []).items()
        } for x in (args.a, args.b))
        found = {x: (ours[x], theirs[x]) for x in ours if x in theirs}
        alone = [y[x] for y in (ours, theirs) for x in y if x not in found]
        if alone:
            say(f'warning: without a partner: {", ".join(first_of(alone))}')
    if not found:
        raise UserError('no pairs: the files of the two folders have no name '
                        'in common' if args.a else f'{args.pairs} has no row')
    return found


def compare(files: Sequence[str], read: Callable, args) -> Dict[str, object]:
    """Tallies of two files, also without unsure segments if there are any."""
    import numpy as np

    from mmaction_microaction.evaluation.functional import tally_agreement
    from mmaction_microaction.formats.annotation_files import find_duration
    from mmaction_microaction.results import as_arrays
    from mmaction_microaction.utils.errors import warnings_to_stderr
    with warnings_to_stderr():
        found = [read(x) for x in files]
    duration = find_duration(found, ' and '.join(files), args.duration)
    tally = partial(tally_agreement,
                    *(as_arrays(x.segments)[:2] for x in found), duration,
                    args.step, args.iou, found[0].taxonomy)
    unsure = [np.array([s.unsure for s in x.segments], bool) for x in found]
    facts = dict(a=files[0], b=files[1], duration=duration, bodies=tally())
    if any(map(np.any, unsure)):
        facts.update(
            unsure=[int(x.sum()) for x in unsure], sure=tally(unsure=unsure))
    return facts


def print_table(
    what: str,
    scores: Dict[str, dict],
    columns: Sequence[tuple] = (KAPPA, SAME, F1, *COUNTS)
) -> None:
    """A row for each body part or session."""
    from rich.table import Table

    from mmaction_microaction.utils.tool_parts import plain_console
    table = Table(what, *(x[0] for x in columns))
    for column in table.columns[1:]:
        column.justify = 'right'
    for name, row in scores.items():
        if name == 'all':
            table.add_section()
        table.add_row(
            name,
            *(' to '.join(number(scale * row[key], form)
                          for key in keys).replace('- to -', '-')
              for _, keys, scale, form in columns))
    plain_console().print(table)


def number(value: float, form: str) -> str:
    if math.isnan(value):
        return '-'
    return format(value, form).replace('-0.000', '0.000')


def without_nan(value: object) -> object:
    """None for NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {key: without_nan(x) for key, x in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def write_files(args: argparse.Namespace, content: dict) -> None:
    import pandas as pd

    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.tables import plain_table
    if args.json:
        with new_file(args.json) as (path, _), open(path, 'w') as file:
            json.dump(without_nan(content), file, indent=2)
            file.write('\n')
    if args.csv:
        parts = {**content.get('pairs', {}), 'pooled': content}
        table = pd.DataFrame([
            dict(pair=name, body_part=part + mark, **row)
            for name, facts in parts.items()
            for key, mark in (('bodies', ''), ('sure', ' (sure)'))
            for part, row in facts.get(key, {}).items()
        ])
        if 'pairs' not in content:
            del table['pair']
        with new_file(args.csv) as (path, _):
            plain_table(table).to_csv(path, index=False)


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.evaluation.functional import pooled_agreement
    from mmaction_microaction.formats.annotation_files import make_reader
    from mmaction_microaction.utils.errors import say_failure
    pairs = list_pairs(args)
    read = make_reader([x for files in pairs.values() for x in files], args)
    done: Dict[str, dict] = {}
    for name, files in pairs.items():
        try:
            done[name] = compare(files, read, args)
        except Exception as error:  # the other pairs are to be done
            if not name:
                raise
            say_failure(error, name, args.debug)
    if not done:
        return 2
    pool = partial(pooled_agreement, draws=0 if '' in done else 2000)
    content = dict(
        step=args.step,
        iou=args.iou,
        bodies=pool([x['bodies'] for x in done.values()]))
    if any('sure' in x for x in done.values()):
        content['sure'] = pool(
            [x.get('sure', x['bodies']) for x in done.values()])
    if '' in done:
        content = {**done[''], **content}
        print_table('body part', content['bodies'])
        print(
            'A: {a}\nB: {b}\nvideo of {duration:.2f} s, looked at every '
            '{step:g} s; segments match from IoU {iou:g} on'.format(**content))
    else:
        for facts in done.values():
            for key in {'bodies', 'sure'} & facts.keys():
                facts[key] = pooled_agreement([facts[key]], 0)
        content['pairs'] = done
        print_table('session', {
            name: x['bodies']['all']
            for name, x in done.items()
        })
        print(f'\n{len(done)} sessions together, with 95 % intervals:')
        print_table('body part', content['bodies'], POOLED)
    if 'sure' in content:
        counts = [sum(y) for y in zip(*(x['unsure'] for x in done.values()
                                        if 'unsure' in x))]  # yapf: disable
        print('\nWithout what is marked as unsure, {} segments of A and {} of '
              'B:'.format(*counts))
        print_table('body part', content['sure'],
                    *([] if '' in done else [POOLED]))
    write_files(args, content)
    return int(len(done) < len(pairs))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
