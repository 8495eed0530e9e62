# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Turn predictions into a submission for the micro-action challenge.

Recognition and detection results are distinguished by content.

example:
  python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
  python tools/challenge/make_submission.py predictions.pkl \\
      --ann-file data/ma52/test_list_videos.txt --out submission
"""
import argparse
import re
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('predictions',
        help='output of tools/test.py --dump; for recognition also a '
        'pickled list of score vectors in the order of the list')
    add('--ann-file',
        required=True,
        help='test list, or for detection test.csv of MMA-52; it defines '
        'the order')
    add('--split',
        choices=['train', 'val', 'test'],
        help='official split of the list, if its names are ambiguous (val '
        'and test of MA-52 have 5,586 clips each)')
    add('--out', required=True, help='output folder for submission.zip')
    add('--body',
        choices=['lookup', 'sum', 'head'],
        default='lookup',
        help='recognition: ranking of the body parts, by the ranked '
        'actions, by summed probability, or by the scores of a body '
        'branch (default: lookup)')
    add('--score-key',
        help='recognition: scores to use, if the model predicts several')
    add_debug(parser)
    return parser


def split_of(args: argparse.Namespace, names: list, labels: list) -> str:
    """Name of the official list, in words; an error if it is ambiguous."""
    from mmaction_microaction.utils.errors import UserError
    kinds = {re.sub(r'\d+(\.\w+)?$', '', name) for name in names}
    split = kinds.pop() if len(kinds) == 1 else ''
    if split not in ('train', 'val', 'test'):
        # Clips of train and val have similar names, and labels.
        split = {11250: 'train', 5586: 'val'}.get(len(names), '')
        if split == 'val' and not any(labels):
            if not args.split:
                raise UserError(
                    f'{args.ann_file} has {len(names)} clips and no labels, '
                    'which two official lists would; say --split val or test')
            split = args.split
    if args.split and split and args.split != split:
        raise UserError(
            f'{args.ann_file} has names and labels of {split}, not '
            f'of {args.split}')
    split = split or args.split
    return f'the {split} split' if split else 'no official split'


def write_recognition(args: argparse.Namespace) -> str:
    """Write and check a recognition submission; returns the report."""
    from mmaction_microaction.datasets import read_list
    from mmaction_microaction.evaluation import load_predictions, match_names
    from mmaction_microaction.formats import (read_recognition_submission,
                                              write_recognition_submission)
    from mmaction_microaction.utils.errors import UserError
    names, labels = zip(*read_list(args.ann_file, labels_required=False))
    split = split_of(args, names, labels)
    predictions = load_predictions(args.predictions, args.score_key)
    scores, body = predictions.scores, args.body
    if body == 'head':
        body = predictions.bodies
        if body is None:
            raise UserError(f'{args.predictions} has no body_score, as --body '
                            'head needs it: its model has no body branch')
    if predictions.names is not None:
        order = match_names(predictions.names, names, args.predictions)
        scores = scores[order]
        body = body if isinstance(body, str) else body[order]
    elif len(scores) != len(names):
        raise UserError(
            f'{args.predictions} has no clip names and {len(scores)} '
            f'predictions, but {args.ann_file} lists {len(names)} clips')
    path = write_recognition_submission(args.out, names, scores, body)
    if read_recognition_submission(path).names != list(names):
        raise UserError(f'{path} does not read back as {args.ann_file}; a '
                        'clip name cannot be written as csv')
    return f'{path}: {len(names)} clips, checked ({split})'


def write_detection(args: argparse.Namespace) -> str:
    """Write and check a detection submission; returns the report."""
    from mmaction_microaction.datasets import read_mma52
    from mmaction_microaction.evaluation import load_detections, match_names
    from mmaction_microaction.formats import (read_detection_submission,
                                              write_detection_submission)
    names = [x.video_id for x in read_mma52(args.ann_file, labels=False)]
    split = split_of(args, names, [])
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
            f'without any), checked ({split})')


def work(args: argparse.Namespace) -> None:
    from mmaction_microaction.evaluation import holds_detections
    write = write_detection if holds_detections(args.predictions) \
        else write_recognition
    print(write(args))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
