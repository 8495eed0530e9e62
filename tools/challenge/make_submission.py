# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Turn predictions into a submission for the micro-action challenge.

The file shows by itself whether it holds recognition or detection results.

example:
  python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
  python tools/challenge/make_submission.py predictions.pkl \\
      --ann-file data/ma52/test_list_videos.txt --out submission
"""
import argparse
import sys
from typing import Optional, Sequence


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('predictions',
        help='what tools/test.py --dump writes, or a pickled list of vectors '
        'of scores in the order of the list (recognition)')
    add('--ann-file',
        required=True,
        help='the test list or, for detection, the test.csv of MMA-52: its '
        'order counts')
    add('--out', required=True, help='folder for submission.zip')
    add('--body',
        choices=['lookup', 'sum'],
        default='lookup',
        help='recognition: body parts of the ranked actions, or ranked by '
        'their summed probability (default: lookup)')
    add('--score-key',
        help='recognition: which scores to take of a model that predicts '
        'several')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def write_recognition(args: argparse.Namespace) -> str:
    """Write and check a recognition submission; returns what to report."""
    from mmaction_microaction.datasets import read_list
    from mmaction_microaction.evaluation import load_predictions, match_names
    from mmaction_microaction.formats import (read_recognition_submission,
                                              write_recognition_submission)
    from mmaction_microaction.utils.errors import UserError
    names = [
        name for name, _ in read_list(args.ann_file, labels_required=False)
    ]
    predictions = load_predictions(args.predictions, args.score_key)
    scores = predictions.scores
    if predictions.names is not None:
        scores = scores[match_names(predictions.names, names,
                                    args.predictions)]
    elif len(scores) != len(names):
        raise UserError(
            f'{args.predictions} has no clip names and {len(scores)} '
            f'predictions, but {args.ann_file} lists {len(names)} clips')
    path = write_recognition_submission(args.out, names, scores, args.body)
    if read_recognition_submission(path).names != names:
        raise UserError(f'{path} does not read back as {args.ann_file}; a '
                        'clip name cannot be written as csv')
    return f'{path}: {len(names)} clips, checked'


def write_detection(args: argparse.Namespace) -> str:
    """Write and check a detection submission; returns what to report."""
    from mmaction_microaction.datasets import read_mma52
    from mmaction_microaction.evaluation import load_detections, match_names
    from mmaction_microaction.formats import (read_detection_submission,
                                              write_detection_submission)
    names = [x.video_id for x in read_mma52(args.ann_file, labels=False)]
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


def work(args: argparse.Namespace) -> None:
    from mmaction_microaction.evaluation import holds_detections
    write = write_detection if holds_detections(args.predictions) \
        else write_recognition
    print(write(args))


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    from mmaction_microaction.utils.errors import run_tool
    return run_tool(work, args)


if __name__ == '__main__':
    sys.exit(main())
