# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Turn predictions into a submission for the micro-action challenge.

The file shows by itself whether it holds recognition or detection results.

Usage:
    python tools/test.py CONFIG CHECKPOINT --dump PRED.pkl
    python tools/challenge/make_submission.py PRED.pkl --ann-file LIST \\
        --out DIR
"""
import argparse

from mmaction_microaction.datasets import read_list, read_mma52
from mmaction_microaction.evaluation import (holds_detections, load_detections,
                                             load_predictions, match_names)
from mmaction_microaction.formats import (read_detection_submission,
                                          read_recognition_submission,
                                          write_detection_submission,
                                          write_recognition_submission)
from mmaction_microaction.utils.errors import UserError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Write submission.zip for the micro-action challenge.')
    parser.add_argument(
        'predictions',
        help='what tools/test.py --dump writes, or a pickled list of vectors '
        'of 52 scores in the order of the list (recognition)')
    parser.add_argument(
        '--ann-file',
        required=True,
        help='the test list or, for detection, the test.csv of MMA-52: its '
        'order counts')
    parser.add_argument(
        '--out', required=True, help='folder for submission.zip')
    parser.add_argument(
        '--body',
        choices=['lookup', 'sum'],
        default='lookup',
        help='recognition: body parts of the ranked actions, or ranked by '
        'their summed probability (default: lookup)')
    parser.add_argument(
        '--score-key',
        help='recognition: which scores to take of a model that predicts '
        'several')
    return parser.parse_args()


def write_recognition(args: argparse.Namespace) -> str:
    """Write and check a recognition submission; returns what to report."""
    names = [
        name for name, _ in read_list(args.ann_file, labels_required=False)
    ]
    predictions = load_predictions(args.predictions, args.score_key)
    scores = predictions.scores
    if predictions.names is not None:
        order = match_names(predictions.names, names, args.predictions)
        scores = scores[order]
    elif len(scores) != len(names):
        raise UserError(
            f'{args.predictions} has no clip names and {len(scores)} '
            f'predictions, but {args.ann_file} lists {len(names)} clips')
    path = write_recognition_submission(args.out, names, scores, args.body)
    written = read_recognition_submission(path)
    if written.names != names:
        raise UserError(f'{path} does not read back as {args.ann_file}; a '
                        'clip name cannot be written as csv')
    return f'{path}: {len(names)} clips, checked'


def write_detection(args: argparse.Namespace) -> str:
    """Write and check a detection submission; returns what to report."""
    names = [
        record.video_id for record in read_mma52(args.ann_file, labels=False)
    ]
    clips = load_detections(args.predictions)
    order = match_names(list(clips), names, args.predictions)
    found = list(clips.values())
    path = write_detection_submission(args.out, {
        name: found[i]
        for name, i in zip(names, order)
    })
    written = read_detection_submission(path, names)
    count = sum(len(detections.labels) for detections in written.values())
    bare = len(names) - len(written)
    return (f'{path}: {count} detections in {len(names)} videos ({bare} '
            'without any), checked')


def main() -> None:
    args = parse_args()
    write = write_detection if holds_detections(args.predictions) \
        else write_recognition
    print(write(args))


if __name__ == '__main__':
    main()
