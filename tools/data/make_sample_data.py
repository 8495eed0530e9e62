# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Generate sample data: a drawn person performs the micro-actions."""
import argparse
import os
import sys
from pathlib import Path
from typing import Optional, Sequence, Tuple

from mmaction_microaction_cli.tool import add_debug, make_parser, run

EXAMPLE = """example:
  # 52 classes, 16 clips of the most frequent one, 320x384 pixels
  python tools/data/make_sample_data.py data/sample --clips-per-class 16
  MA52_ROOT=data/sample/ma52 python tools/train.py configs/manet_r50_ma52.py

  # videos of 5 to 15 seconds in which actions overlap
  python tools/data/make_sample_data.py data/sample --tasks mma52 \\
      --videos 64 24 16

  # sessions of 1 to 3 minutes, mostly of rest; four of rest alone
  python tools/data/make_sample_data.py data/sample --tasks sessions \\
      --videos 40 12 12 --rest-videos 4

  # clips and sessions with invented emotions expressed in micro-actions
  python tools/data/make_sample_data.py data/sample --tasks emotion

  # drawn faces with micro-expressions, as pictures, for leave-one-subject-out
  python tools/data/make_sample_data.py data/sample --tasks casme2 --faces 6

OUT/ma52 has the layout of the real data set, plus what that one lacks:
test_labels.txt, pose_<split>.pkl (28 key points a frame) and
segments_<split>.csv (when the motion starts and ends). OUT/mma52 likewise has
test_labels.csv and pose_<split>.pkl. OUT/emotion has pose_<split>.pkl and
rule.json, the planted rule. No person is in two splits.
"""
TASKS = ('casme2', 'emotion', 'ma52', 'mma52', 'sessions')


def make(task: str, args: argparse.Namespace) -> None:
    """Make a data set in its folder."""
    from mmaction_microaction import synthetic
    common = dict(
        seed=args.seed,
        appearance=args.appearance,
        workers=args.workers,
        overwrite=args.overwrite,
        progress=True)
    if task == 'casme2':
        synthetic.generate_casme2(
            args.out / task,
            subjects=args.faces,
            clips_per_emotion=args.clips_per_emotion,
            size=args.face_size,
            **common)
        return
    common.update(size=args.size, subjects=tuple(args.subjects))
    classes = synthetic.DISTINCT_CLASSES if args.classes == ['distinct'] \
        else args.classes
    if task == 'mma52':
        synthetic.generate_mma52(
            args.out / task, *args.videos, classes=classes, **common)
    elif task == 'sessions':
        synthetic.generate_mma52_sessions(
            args.out / task,
            *args.videos,
            args.rest_videos,
            duration=args.duration,
            rate=args.rate,
            classes=classes,
            **common)
    elif task == 'emotion':
        synthetic.generate_emotion(
            args.out / task,
            clips_per_emotion=args.clips_per_class,
            held_out_clips=args.val_clips_per_class,
            **common)
    else:
        synthetic.generate_ma52(
            args.out / task,
            clips_per_class=args.clips_per_class,
            val_clips_per_class=args.val_clips_per_class,
            test_clips_per_class=args.val_clips_per_class,
            balanced=args.balanced,
            classes=classes,
            **common)


def parse_size(text: str) -> Tuple[int, int]:
    """Read WIDTHxHEIGHT."""
    try:
        width, height = (int(part) for part in text.lower().split('x'))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'expected WIDTHxHEIGHT such as 320x384, but got {text!r}')
    return width, height


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLE)
    add = parser.add_argument
    add('out',
        type=Path,
        help='output folder; each task gets a subfolder of its name')
    add('--tasks',
        nargs='+',
        choices=TASKS,
        default=['ma52'],
        help='data sets to generate (default: ma52)')
    add('--clips-per-class',
        type=int,
        default=16,
        metavar='N',
        help='ma52: training clips of the most frequent class; emotion: of '
        'every emotion (default: 16)')
    add('--val-clips-per-class',
        type=int,
        metavar='N',
        help='ma52, emotion: clips per class in val and in test (default: a '
        'fifth of --clips-per-class, emotion: half; at least 2)')
    add('--videos',
        type=int,
        nargs=3,
        default=(64, 24, 16),
        metavar=('TRAIN', 'VAL', 'TEST'),
        help='mma52, sessions: number of videos in each split (default: '
        '64 24 16)')
    add('--rest-videos',
        type=int,
        default=4,
        metavar='N',
        help='sessions: videos without micro-actions (default: 4)')
    add('--duration',
        type=float,
        nargs=2,
        default=(60., 180.),
        metavar=('LEAST', 'MOST'),
        help='sessions: length of a video, seconds (default: 60 180)')
    add('--rate',
        type=float,
        nargs=2,
        default=(6., 14.),
        metavar=('LEAST', 'MOST'),
        help='sessions: micro-actions per minute (default: 6 14)')
    add('--classes',
        nargs='+',
        metavar='NAME',
        help="subset of the classes, by name or manual code; 'distinct': "
        'eight that are easy to tell apart (default: all)')
    tail = parser.add_mutually_exclusive_group()
    tail.add_argument(
        '--long-tail',
        dest='balanced',
        action='store_false',
        default=False,
        help='ma52: training clips per class decrease to an eighth, similar '
        'to the real data (default)')
    tail.add_argument(
        '--balanced',
        action='store_true',
        help='ma52: equal number of training clips for every class')
    add('--size',
        type=parse_size,
        default=(320, 384),
        metavar='WxH',
        help='width and height in pixels, both even (default: 320x384)')
    add('--appearance',
        choices=['easy', 'hard'],
        default='easy',
        help='easy: learnable by a small network in minutes; hard: random '
        'colours, cluttered rooms, strong noise (default: easy)')
    add('--subjects',
        type=int,
        nargs=3,
        default=(60, 16, 16),
        metavar=('TRAIN', 'VAL', 'TEST'),
        help='number of people in each split (default: 60 16 16)')
    add('--faces',
        type=int,
        default=6,
        metavar='N',
        help='casme2: number of people (default: 6)')
    add('--clips-per-emotion',
        type=int,
        default=4,
        metavar='N',
        help='casme2: clips per person and emotion (default: 4)')
    add('--face-size',
        type=int,
        default=112,
        metavar='PIXELS',
        help='casme2: width and height in pixels (default: 112)')
    add('--seed', type=int, default=0, help='default: 0')
    add('--workers',
        type=int,
        default=os.cpu_count() or 1,
        metavar='N',
        help='processes, without effect on the result (default: all cores)')
    add('--overwrite',
        action='store_true',
        help='replace the output of an earlier run')
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> None:
    for task in args.tasks:
        make(task, args)
        print(f'{task}: {args.out / task}')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
