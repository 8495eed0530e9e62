# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Find the apex of micro-expressions in clips without annotation.

The first frame is used as onset; the apex is the frame whose face differs most
from it. Prints a table: clip, frames, number and time of the apex, and the
difference (grey values; below 1 is noise).
"""
import argparse
import csv
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run

HEADER = ('clip', 'frames', 'apex', 'seconds', 'departure')
EXAMPLE = """example:
  python tools/micro_expression/find_apex.py smile.mp4 \\
      casme2/Cropped/sub01/EP02_01f

A folder's frames keep the numbers of their file names; a video's count from
0. The face should fill the picture, as in the data sets; cut it out before.
"""


def find(path: str, fps: Optional[float]) -> list:
    """One row of the table."""
    from mmaction_microaction.datasets.expressions import (locate_apex,
                                                           open_clip)
    clip = open_clip(path)
    apex, curve = locate_apex(clip)
    seconds = (clip.numbers[apex] - clip.numbers[0]) / (fps or clip.fps)
    return [
        path,
        len(clip.numbers), clip.numbers[apex], f'{seconds:.3f}',
        f'{curve[apex]:.2f}'
    ]


def frame_rate(text: str) -> float:
    """A positive number, for argparse."""
    if not float(text) > 0:
        raise argparse.ArgumentTypeError(f'must be positive, but got {text}')
    return float(text)


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLE)
    add = parser.add_argument
    add('clips', nargs='+', help='videos, or folders of numbered pictures')
    add('--fps',
        type=frame_rate,
        help="frames per second (default: the video's; folders: 200)")
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> None:
    from rich.progress import track

    from mmaction_microaction.utils.tables import plain_text
    rows = [
        find(path, args.fps) for path in track(
            args.clips,
            description='Searching',
            transient=True,
            disable=len(args.clips) < 5 or not sys.stderr.isatty())
    ]
    csv.writer(
        sys.stdout, lineterminator='\n').writerows(
            map(plain_text, row) for row in [HEADER, *rows])


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
