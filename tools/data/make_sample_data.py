# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Make sample data: a drawn person performs the micro-actions."""
import argparse
import os
from pathlib import Path
from typing import Callable, Dict, Optional, Sequence, Tuple

from mmaction_microaction.synthetic import (DISTINCT_CLASSES, generate_casme2,
                                            generate_emotion, generate_ma52,
                                            generate_mma52)

EXAMPLE = """example:
  # 52 classes, 16 clips of the most frequent one, 320x384 pixels
  python tools/data/make_sample_data.py data/sample --clips-per-class 16
  MA52_ROOT=data/sample/ma52 python tools/train.py configs/manet_r50_ma52.py

  # videos of 5 to 15 seconds in which actions overlap
  python tools/data/make_sample_data.py data/sample --tasks mma52 --videos 64 24 16

  # clips and sessions whose made-up emotion shows in micro-actions
  python tools/data/make_sample_data.py data/sample --tasks emotion

  # drawn faces with micro-expressions, as pictures, for leave-one-subject-out
  python tools/data/make_sample_data.py data/sample --tasks casme2 --faces 6

OUT/ma52 has the layout of the real data set, plus what that one lacks:
test_labels.txt, pose_<split>.pkl (28 key points a frame) and
segments_<split>.csv (when the motion starts and ends). OUT/mma52 likewise has
test_labels.csv and pose_<split>.pkl. OUT/emotion has rule.json, the planted
rule. No person is in two splits.
"""


def make_ma52(out: Path, args: argparse.Namespace) -> None:
    generate_ma52(
        out,
        clips_per_class=args.clips_per_class,
        val_clips_per_class=args.val_clips_per_class,
        test_clips_per_class=args.val_clips_per_class,
        size=args.size,
        seed=args.seed,
        appearance=args.appearance,
        balanced=args.balanced,
        workers=args.workers,
        classes=chosen_classes(args),
        subjects=tuple(args.subjects),
        overwrite=args.overwrite,
        progress=True)


def make_mma52(out: Path, args: argparse.Namespace) -> None:
    generate_mma52(
        out,
        *args.videos,
        size=args.size,
        seed=args.seed,
        appearance=args.appearance,
        workers=args.workers,
        classes=chosen_classes(args),
        subjects=tuple(args.subjects),
        overwrite=args.overwrite,
        progress=True)


def make_emotion(out: Path, args: argparse.Namespace) -> None:
    generate_emotion(
        out,
        clips_per_emotion=args.clips_per_class,
        held_out_clips=args.val_clips_per_class,
        size=args.size,
        seed=args.seed,
        appearance=args.appearance,
        workers=args.workers,
        subjects=tuple(args.subjects),
        overwrite=args.overwrite,
        progress=True)


def make_casme2(out: Path, args: argparse.Namespace) -> None:
    generate_casme2(
        out,
        subjects=args.faces,
        clips_per_emotion=args.clips_per_emotion,
        size=args.face_size,
        seed=args.seed,
        appearance=args.appearance,
        workers=args.workers,
        overwrite=args.overwrite,
        progress=True)


def chosen_classes(args: argparse.Namespace) -> Optional[Sequence[str]]:
    return DISTINCT_CLASSES if args.classes == ['distinct'] else args.classes


#: Data set -> how to make it in a given folder.
TASKS: Dict[str, Callable[[Path, argparse.Namespace], None]] = {
    'ma52': make_ma52,
    'mma52': make_mma52,
    'emotion': make_emotion,
    'casme2': make_casme2,
}


def parse_size(text: str) -> Tuple[int, int]:
    """Read WIDTHxHEIGHT."""
    try:
        width, height = (int(part) for part in text.lower().split('x'))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'expected WIDTHxHEIGHT such as 320x384, but got {text!r}')
    return width, height


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'out',
        type=Path,
        help='folder; each task gets a subfolder of its name')
    parser.add_argument(
        '--tasks',
        nargs='+',
        choices=sorted(TASKS),
        default=['ma52'],
        help='data sets to make (default: ma52)')
    parser.add_argument(
        '--clips-per-class',
        type=int,
        default=16,
        metavar='N',
        help='ma52: training clips of the most frequent class; emotion: of '
        'each emotion (default: 16)')
    parser.add_argument(
        '--val-clips-per-class',
        type=int,
        metavar='N',
        help='ma52, emotion: clips of every class in val and in test '
        '(default: a fifth of --clips-per-class, emotion: half; at least 2)')
    parser.add_argument(
        '--videos',
        type=int,
        nargs=3,
        default=(64, 24, 16),
        metavar=('TRAIN', 'VAL', 'TEST'),
        help='mma52: number of videos in each split (default: 64 24 16)')
    parser.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        help="only these classes, by name or manual code; 'distinct': "
        f'{len(DISTINCT_CLASSES)} that look very different (default: all 52)')
    tail = parser.add_mutually_exclusive_group()
    tail.add_argument(
        '--long-tail',
        dest='balanced',
        action='store_false',
        default=False,
        help='ma52: class counts of train fall to an eighth, as in real life '
        '(default)')
    tail.add_argument(
        '--balanced',
        action='store_true',
        help='ma52: as many training clips of every class')
    parser.add_argument(
        '--size',
        type=parse_size,
        default=(320, 384),
        metavar='WxH',
        help='width and height in pixels, both even (default: 320x384)')
    parser.add_argument(
        '--appearance',
        choices=['easy', 'hard'],
        default='easy',
        help='easy: a small network learns it in minutes; hard: random '
        'colours, cluttered rooms, strong noise (default: easy)')
    parser.add_argument(
        '--subjects',
        type=int,
        nargs=3,
        default=(60, 16, 16),
        metavar=('TRAIN', 'VAL', 'TEST'),
        help='number of people in each split (default: 60 16 16)')
    parser.add_argument(
        '--faces',
        type=int,
        default=6,
        metavar='N',
        help='casme2: number of people (default: 6)')
    parser.add_argument(
        '--clips-per-emotion',
        type=int,
        default=4,
        metavar='N',
        help='casme2: clips of each of five emotions and person (default: 4)')
    parser.add_argument(
        '--face-size',
        type=int,
        default=112,
        metavar='PIXELS',
        help='casme2: width and height (default: 112)')
    parser.add_argument('--seed', type=int, default=0, help='default: 0')
    parser.add_argument(
        '--workers',
        type=int,
        default=os.cpu_count() or 1,
        metavar='N',
        help='processes; the result does not depend on it (default: all '
        'cores)')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace what an earlier run has made')
    return parser


def main(argv: Optional[Sequence[str]] = None) -> None:
    parser = build_parser()
    args = parser.parse_args(argv)
    for task in args.tasks:
        try:
            TASKS[task](args.out / task, args)
        except (ValueError, FileExistsError, ImportError) as error:
            parser.error(str(error))
        print(f'{task}: {args.out / task}')


if __name__ == '__main__':
    main()
