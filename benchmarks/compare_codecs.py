# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Compare the codecs of prepare_videos.py on some raw clips.

Size, quality, and what reading 8 frames costs, in CPU time of one thread. All
files take turns in every round of the measurement, so that other work on the
machine slows all of them alike, and each is read once before it is read for
the clock, so that none pays for its predecessor. Prints a table in markdown.
"""
import argparse
import os
import os.path as osp
import sys
import tempfile
import time
from statistics import median
from typing import Dict, List, Optional, Sequence

import numpy as np
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope

import mmaction_microaction  # noqa: F401  installs the shims
from benchmarks.loader import MA52_CLIPS as NUM_CLIPS
from benchmarks.report import markdown_table
from mmaction_microaction.datasets import check_video
from mmaction_microaction.datasets.preparation import (CODECS, Recipe,
                                                       check_encoded,
                                                       encode_clip)
from mmaction_microaction.utils.errors import UserError, run_tool

EXAMPLE = """example:
  python -m benchmarks.compare_codecs data/ma52/videos_train/0003_01_00*.mp4"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('clips', nargs='+', metavar='CLIP', help='raw clips')
    add('--short-side',
        type=int,
        default=256,
        metavar='N',
        help='shorter side of the result in pixels (default: 256)')
    add('--repeats',
        type=int,
        default=31,
        metavar='N',
        help='rounds of the measurement (default: 31)')
    add('--quality',
        type=int,
        nargs='+',
        default=[-1],
        metavar='N',
        help="the encoder's numbers to try (default: each codec's own)")
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def build_pipeline(short_side: int) -> Compose:
    """The stock transforms from the file to 8 frames of the size wanted."""
    with DefaultScope.overwrite_default_scope('mmaction'):
        return Compose([
            dict(type='DecordInit', num_threads=1),
            dict(
                type='SampleFrames',
                clip_len=1,
                frame_interval=1,
                num_clips=8,
                test_mode=True),
            dict(type='DecordDecode'),
            dict(type='Resize', scale=(-1, short_side))
        ])


def cpu_ms(pipeline: Compose, path: str) -> float:
    """Milliseconds of CPU time to read a clip."""
    begin = time.process_time()
    pipeline(dict(filename=path, start_index=0, modality='RGB'))
    return 1e3 * (time.process_time() - begin)


def prepare_all(clips: Sequence[str], recipes: Sequence[Recipe],
                folder: str) -> Dict[Recipe, tuple]:
    """Paths and qualities (dB) of the clips, for every recipe."""
    made = {}
    for number, recipe in enumerate(recipes):
        paths, qualities = [], []
        for index, clip in enumerate(clips):
            encoded = encode_clip(clip, recipe, keep_frames=True)
            paths.append(osp.join(folder, f'{number}_{index}.mp4'))
            with open(paths[-1], 'wb') as file:
                file.write(encoded.data)
            qualities.append(check_encoded(paths[-1], encoded))
        made[recipe] = paths, qualities
    return made


def measure(groups: Sequence[Sequence[str]], short_side: int,
            repeats: int) -> List[float]:
    """Median CPU time to read a clip of each group, milliseconds."""
    pipeline = build_pipeline(short_side)
    times: Dict[str, List[float]] = {x: [] for group in groups for x in group}
    for _ in range(repeats):
        for path, series in times.items():
            cpu_ms(pipeline, path)
            series.append(cpu_ms(pipeline, path))
    return [
        np.mean([median(times[path]) for path in group]) for group in groups
    ]


def rows(clips: Sequence[str], args: argparse.Namespace,
         folder: str) -> List[tuple]:
    """A row for the raw clips and one for every recipe."""
    recipes = [
        Recipe(args.short_side, codec, quality) for codec in CODECS
        for quality in args.quality
    ]
    made = prepare_all(clips, recipes, folder)
    groups = [clips, *[made[recipe][0] for recipe in recipes]]
    costs = measure(groups, args.short_side, args.repeats)
    sizes = [np.mean([os.path.getsize(x) for x in group]) for group in groups]
    names = ['raw'] + [f'{x.codec}, quality {x.quality}' for x in recipes]
    quality = ['-'] + [f'{np.mean(made[x][1]):.2f}' for x in recipes]
    return [(name, f'{size / 1e3:.0f}', f'{size * NUM_CLIPS / 1e9:.2f}', psnr,
             f'{cost:.2f}', f'{costs[0] / cost:.1f}')
            for name, size, psnr, cost in zip(names, sizes, quality, costs)]


def work(args: argparse.Namespace) -> None:
    header = ('codec', 'KB a clip', f'GB of {NUM_CLIPS:,} clips', 'PSNR, dB',
              'CPU ms for 8 frames', 'x raw')
    for clip in args.clips:
        problem = check_video(clip)
        if problem is not None:
            raise UserError(f'{clip}: {problem}')
    with tempfile.TemporaryDirectory() as folder:
        print(markdown_table(header, rows(args.clips, args, folder)))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
