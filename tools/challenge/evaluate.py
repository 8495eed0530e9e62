# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Score a challenge file offline, against true labels.

Usage:
    python tools/challenge/evaluate.py PREDICTION.csv --ann-file FILE \\
        [--json OUT]
    python tools/challenge/evaluate.py PREDICTION.csv --ann-file val.csv \
        --flavour opentad
"""
import argparse
import csv
import json
from typing import Dict

from rich.console import Console
from rich.table import Table

from mmaction_microaction.datasets import odd_annotations, read_mma52
from mmaction_microaction.datasets.list_file import read_list
from mmaction_microaction.evaluation.functional import (FLAVOURS,
                                                        detection_scores,
                                                        ma52_scores_from_ranks)
from mmaction_microaction.evaluation.predictions import match_names
from mmaction_microaction.formats.challenge import (
    RECOGNITION_HEADER, read_recognition_submission, read_text)
from mmaction_microaction.formats.detection_challenge import (
    DETECTION_HEADER, read_detection_submission)
from mmaction_microaction.utils.errors import UserError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Score a challenge file against true labels.')
    parser.add_argument(
        'prediction', help='prediction.csv, or the submission.zip around it')
    parser.add_argument(
        '--ann-file',
        required=True,
        help='the true labels: a list for recognition, an MMA-52 csv or json '
        'for detection')
    parser.add_argument(
        '--flavour',
        choices=FLAVOURS,
        default='baseline',
        help='detection: rules of the official evaluator of 2024, with a mean '
        'over all 52 classes, or those of OpenTAD, over the classes present '
        '(default: baseline)')
    parser.add_argument('--json', help='file to write the scores (0-1) into')
    return parser.parse_args()


def score_recognition(args: argparse.Namespace) -> Dict[str, float]:
    """Score a recognition file; the rows may come in any order."""
    submission = read_recognition_submission(args.prediction)
    names, labels = zip(*read_list(args.ann_file))
    if len(labels) > 1 and not any(labels):
        warn(f'every label of {args.ann_file} is 0; if this is the official '
             "test list, its labels are dummies and the scores don't mean "
             'anything')
    order = match_names(submission.names, names, args.prediction)
    scores = ma52_scores_from_ranks(submission.actions[order],
                                    submission.bodies[order, 0], labels)
    return {f'ma52/{key}': value for key, value in scores.items()}


def score_detection(args: argparse.Namespace) -> Dict[str, float]:
    """Score a detection file; a video may be without detections."""
    records = read_mma52(args.ann_file)
    for oddity in odd_annotations(records, args.ann_file):
        warn(oddity)
    truth = {x.video_id: (x.segments, x.labels) for x in records}
    found = read_detection_submission(args.prediction, truth)
    bare = [video_id for video_id in truth if video_id not in found]
    if bare:
        warn(f'{len(bare)} of {len(truth)} videos have no detection (first: '
             f'{", ".join(bare[:3])})')
    scores = detection_scores(truth, found, flavour=args.flavour)
    return {f'mma52/{key}': value for key, value in scores.items()}


def warn(text: str) -> None:
    Console(stderr=True).print(f'warning: {text}', markup=False)


# What a file is shows in its header.
SCORERS = {
    tuple(RECOGNITION_HEADER): score_recognition,
    tuple(DETECTION_HEADER): score_detection,
}


def score(args: argparse.Namespace) -> Dict[str, float]:
    header = next(csv.reader(read_text(args.prediction).splitlines()), [])
    scorer = SCORERS.get(tuple(header))
    if scorer is None:
        known = ' or '.join(','.join(columns) for columns in SCORERS)
        raise UserError(f'{args.prediction}:1: unknown header '
                        f'{",".join(header)!r}; expected {known}')
    return scorer(args)


def main() -> None:
    args = parse_args()
    scores = score(args)
    table = Table('metric', 'in %')
    table.columns[1].justify = 'right'
    for key, value in scores.items():
        table.add_row(key, f'{100 * value:.2f}')
    Console().print(table)
    if args.json:
        with open(args.json, 'w') as file:
            json.dump(scores, file, indent=2)
            file.write('\n')


if __name__ == '__main__':
    main()
