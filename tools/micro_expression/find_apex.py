# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Find the apex of a micro-expression in clips without annotation.

The first frame is taken for the onset; the apex is the frame whose face
departs most from it. Prints a table: clip, frames, number and time of the
apex, and how much it departs (grey values; below 1 is noise).
"""
import argparse
import csv
import sys
from typing import Optional, Sequence

from rich.progress import track

from mmaction_microaction.datasets.expressions import locate_apex, open_clip

HEADER = ('clip', 'frames', 'apex', 'seconds', 'departure')
EXAMPLE = """example:
  python tools/micro_expression/find_apex.py smile.mp4 \\
      casme2/Cropped/sub01/EP02_01f

A folder's frames keep the numbers of their file names; a video's count from
0. The face should fill the picture, as in the data sets; cut it out before.
"""


def find(path: str, fps: Optional[float]) -> list:
    """One row of the table."""
    clip = open_clip(path)
    apex, curve = locate_apex(clip)
    seconds = (clip.numbers[apex] - clip.numbers[0]) / (fps or clip.fps)
    return [
        path,
        len(clip.numbers), clip.numbers[apex], f'{seconds:.3f}',
        f'{curve[apex]:.2f}'
    ]


def main(argv: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'clips', nargs='+', help='videos, or folders of numbered pictures')
    parser.add_argument(
        '--fps',
        type=float,
        help="frames per second (default: the video's; folders: 200)")
    args = parser.parse_args(argv)
    if args.fps is not None and args.fps <= 0:
        parser.error(f'--fps must be positive, but got {args.fps}')
    try:
        rows = [
            find(path, args.fps) for path in track(
                args.clips,
                description='Searching',
                transient=True,
                disable=len(args.clips) < 5 or not sys.stderr.isatty())
        ]
    except (ValueError, FileNotFoundError) as error:
        parser.exit(2, f'{parser.prog}: error: {error}\n')
    csv.writer(sys.stdout, lineterminator='\n').writerows([HEADER, *rows])


if __name__ == '__main__':
    main()
