# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Find the apex of a micro-expression in clips without annotation.

The first frame is taken for the onset; the apex is the frame whose face
departs most from it. Prints a table: clip, frames, number and time of the
apex, and how much it departs (grey values; below 1 is noise).
"""
import argparse
import csv
import os.path as osp
import sys
from typing import List, Optional, Sequence, Tuple

import av
import numpy as np
from rich.progress import track

from mmaction_microaction.datasets.expressions import (departure, list_frames,
                                                       read_frames,
                                                       reduce_frame)
from mmaction_microaction.utils.video_reader import VideoReader

HEADER = ('clip', 'frames', 'apex', 'seconds', 'departure')
EXAMPLE = """example:
  python tools/find_apex.py smile.mp4 casme2/Cropped/sub01/EP02_01f

A folder's frames keep the numbers of their file names; a video's count from
0. The face should fill the picture, as in the data sets; cut it out before.
"""


def read_clip(path: str,
              fps: Optional[float]) -> Tuple[List[np.ndarray], list, float]:
    """Frames, their numbers and frames per second of a video or a folder.

    The frames are reduced at once: at full size, those of a minute of video
    would fill the memory.
    """
    if osp.isdir(path):
        files = list_frames(path)
        frames = read_frames(list(files.values()), reduce_frame)
        return frames, list(files), fps or 200.
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    try:
        video = VideoReader(path)
        frames = video.read(range(len(video)), reduce_frame)
    except (av.error.FFmpegError, ValueError) as error:
        raise ValueError(f'{path} is no video ({error})') from error
    return frames, list(range(len(frames))), fps or video.get_avg_fps() or 30.


def find(path: str, fps: Optional[float]) -> list:
    """One row of the table."""
    frames, numbers, fps = read_clip(path, fps)
    if len(frames) < 2:
        raise ValueError(f'{path}: expected a video or a folder with at least '
                         f'two frames, but got {len(frames)}')
    curve = departure(frames)
    apex = 1 + int(curve[1:].argmax())
    seconds = (numbers[apex] - numbers[0]) / fps
    return [
        path,
        len(frames), numbers[apex], f'{seconds:.3f}', f'{curve[apex]:.2f}'
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
