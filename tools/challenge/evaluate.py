# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Score a challenge file offline, against true labels.

examples:
  python tools/challenge/evaluate.py submission.zip --ann-file val_list.txt \\
      --json scores.json
  python tools/challenge/evaluate.py prediction.csv --ann-file val.csv \\
      --flavour opentad
"""
import argparse
import json
import sys
import zipfile
from typing import Dict, Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run

FLAVOURS = ('baseline', 'opentad')


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('prediction',
        help='prediction.csv, or submission.zip; for detection also the '
        'result json of OpenTAD')
    add('--ann-file',
        required=True,
        help='true labels: a list (recognition), or an MMA-52 csv or json, '
        'also of OpenTAD (detection)')
    add('--split',
        help='detection: subset to score, if the annotation has several')
    add('--flavour',
        choices=FLAVOURS,
        default='baseline',
        help='detection: rules of the official evaluator of 2024 (mean over '
        'all classes), or of OpenTAD (mean over the classes present) '
        '(default: baseline)')
    add('--skip-bad-rows',
        action='store_true',
        help='omit invalid rows and their clips, report their number, and '
        'exit with code 1')
    add('--json', help='output file for the scores (0-1)')
    add_debug(parser)
    return parser


def score_recognition(args: argparse.Namespace) -> Dict[str, float]:
    """Score a recognition file; the rows may come in any order."""
    from mmaction_microaction.datasets import read_list
    from mmaction_microaction.evaluation import match_names
    from mmaction_microaction.evaluation.functional import \
        ma52_scores_from_ranks
    from mmaction_microaction.formats import read_recognition_submission
    submission = read_recognition_submission(
        args.prediction, skipped=args.skipped)
    names, labels = zip(*read_list(args.ann_file))
    if len(labels) > 1 and not any(labels):
        warn(f'every label of {args.ann_file} is 0; if this is the official '
             "test list, its labels are dummies and the scores "
             'meaningless')
    found = list(range(len(submission.names)))
    if args.skipped is not None:
        # As many clips may be missing as rows are left out.
        given = [_base(name) for name in submission.names]
        known = {_base(name) for name in names}
        args.skipped += [
            f'{args.prediction}: {x!r} is not in {args.ann_file}'
            for x in given if x not in known
        ]
        found = [i for i in found if given[i] in known]
        pairs = [x for x in zip(names, labels) if _base(x[0]) in given]
        if pairs and len(pairs) + len(args.skipped) >= len(names):
            names, labels = zip(*pairs)
    order = match_names([submission.names[i] for i in found], names,
                        args.prediction)
    order = [found[i] for i in order]
    scores = ma52_scores_from_ranks(submission.actions[order],
                                    submission.bodies[order, 0], labels)
    return {f'ma52/{key}': value for key, value in scores.items()}


def score_detection(args: argparse.Namespace) -> Dict[str, float]:
    """Score a detection file; videos may have no detections."""
    from mmaction_microaction.datasets import (read_mma52,
                                               suspicious_annotations)
    from mmaction_microaction.evaluation.functional import detection_scores
    from mmaction_microaction.formats import read_detection_submission
    from mmaction_microaction.utils.errors import UserError
    records = read_mma52(args.ann_file)
    subsets = {x.subset for x in records}
    if args.split or len(subsets) > 1:
        records = [x for x in records if x.subset == args.split]
        if not records:
            raise UserError(f'{args.ann_file}: choose one of its subsets by '
                            f'--split: {", ".join(sorted(subsets))}')
    for oddity in suspicious_annotations(records, args.ann_file):
        warn(oddity)
    truth = {x.video_id: (x.segments, x.labels) for x in records}
    found = read_detection_submission(
        args.prediction, truth, skipped=args.skipped)
    bare = [video_id for video_id in truth if video_id not in found]
    if bare:
        warn(f'{len(bare)} of {len(truth)} videos have no detection (first: '
             f'{", ".join(bare[:3])})')
    scores = detection_scores(truth, found, flavour=args.flavour)
    return {f'mma52/{key}': value for key, value in scores.items()}


def _base(path: str) -> str:
    return path.replace('\\', '/').split('/')[-1]


def warn(text: str) -> None:
    from mmaction_microaction.utils.errors import say
    say(f'warning: {text}')


def score(args: argparse.Namespace) -> Dict[str, float]:
    """Score a file of the kind that its header shows."""
    from mmaction_microaction.formats.challenge import (DETECTION_HEADER,
                                                        RECOGNITION_HEADER,
                                                        read_rows)
    from mmaction_microaction.utils.errors import UserError
    header, _ = read_rows(args.prediction)
    if zipfile.is_zipfile(args.prediction):
        with zipfile.ZipFile(args.prediction) as archive:
            if archive.namelist() != ['prediction.csv']:
                warn(f'{args.prediction} contains more than prediction.csv; '
                     'the server of the challenge may reject it')
    if header == RECOGNITION_HEADER:
        return score_recognition(args)
    if header == DETECTION_HEADER:
        return score_detection(args)
    raise UserError(f'{args.prediction}:1: unknown header '
                    f'{",".join(header)!r}; expected '
                    f'{",".join(RECOGNITION_HEADER)} or '
                    f'{",".join(DETECTION_HEADER)}')


def work(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    from mmaction_microaction.utils.errors import first_of
    from mmaction_microaction.utils.files import new_file
    args.skipped = [] if args.skip_bad_rows else None
    scores = score(args)
    table = Table('metric', 'in %')
    table.columns[1].justify = 'right'
    for key, value in scores.items():
        table.add_row(key, f'{100 * value:.2f}')
    Console().print(table)
    if args.skipped:
        warn(f'{len(args.skipped)} bad rows were omitted: ' +
             '; '.join(first_of(args.skipped)))
        scores['skipped_rows'] = len(args.skipped)
    if args.json:
        with new_file(args.json) as (path, _), open(path, 'w') as file:
            json.dump(scores, file, indent=2)
            file.write('\n')
    return 1 if args.skipped else 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
