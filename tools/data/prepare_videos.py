# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Convert raw MA-52 or MMA-52 to small clips that are fast to read.

Reading a raw clip of 1080x1296 pixels, with a single key frame, takes 200 ms
or more; a prepared one takes a few. Frames, their order, their rate and the
file names are kept, so lists and annotations stay valid.
"""
import argparse
import os
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import (add_debug, add_shard, make_parser,
                                           run)

EXAMPLE = """example:
  python tools/data/prepare_videos.py data/ma52 data/ma52_256
  MA52_ROOT=data/ma52_256 python tools/train.py configs/manet_r50_ma52.py

Any layout that MA52Dataset or MMA52Dataset reads will do; the destination gets
the same. Lists, csv files, pickles and the other annotations are copied (key
points keep the pixels of the raw clips). prepared_manifest.csv has a
row for each clip: frames, rate, size, sha256, and with --psnr the quality.

Several machines: --shard 0/3 on the first, 1/3, 2/3, then once without.

Stop it whenever you like, even with kill -9: the same command goes on, and
makes the same files as a run that was not stopped. A clip that cannot be read
is skipped and written to prepared_failures.csv; the exit code is then 1, as it
is where a list names a clip that is not there. A clip keeps its name, whatever
its ending; what is in it is MP4, or AVI if it ends in .avi.
What is finished stays, unless its source is seen to have changed.

codecs (see docs/preparation.md for sizes and times):
  mjpeg       each frame a JPEG: the fastest
  h264-intra  each frame a key frame: as large, a bit slower, a bit finer
  h264        a key frame in 8: less than half as large, twice the time"""
#: Codec -> default quality.
CODECS = {'mjpeg': 10, 'h264-intra': 20, 'h264': 21}


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLE)
    add = parser.add_argument
    add('source', help='folder of the raw data')
    add('target', help='output folder, new or from an interrupted run')
    add('--short-side',
        type=int,
        default=256,
        metavar='N',
        help='shorter side of the result in pixels; smaller clips keep '
        'their size (default: 256, the size in the configs)')
    add('--codec',
        choices=list(CODECS),
        default='mjpeg',
        help='see below (default: %(default)s)')
    defaults = ', '.join(f'{x} for {name}' for name, x in CODECS.items())
    add('--quality',
        type=int,
        default=-1,
        metavar='N',
        help='2 (best) to 31 for mjpeg, 0 to 51 for h264 (default: '
        f'{defaults})')
    add('--workers',
        type=int,
        default=os.cpu_count() or 1,
        metavar='N',
        help='processes, without effect on the result; 0: in this process, '
        'where a damaged clip can crash the tool (default: one per '
        'core)')
    add('--psnr',
        action='store_true',
        help='measure the PSNR of every clip relative to the resized '
        'frames, in dB')
    add('--verify',
        action='store_true',
        help='compare the checksums of finished clips, and repeat those '
        'that differ')
    add_shard(parser)
    add_debug(parser)
    return parser


def prepare(preparation, workers: int, console) -> None:
    """Prepare the remaining clips, with a progress bar."""
    from mmaction_microaction.utils.tool_parts import progress_bar
    total, todo = len(preparation.plan.clips), set(preparation.todo)
    sizes = [
        record.bytes for name, record in preparation.records.items()
        if name not in todo
    ]
    size, done = sum(sizes), len(sizes)
    with progress_bar(console, 'size') as progress:
        task = progress.add_task(
            'preparing', total=total, completed=total - len(todo), size='')
        for name, result in preparation.run(workers):
            if isinstance(result, str):
                console.print(f'{name}: {result}')
            else:
                size, done = size + result.bytes, done + 1
            expected = size / max(done, 1) * total
            progress.update(
                task, advance=1, size=f'about {volume(expected)} in the end')


def volume(size: float) -> str:
    """A number of bytes as text."""
    return f'{size / 1e9:.2f} GB' if size >= 1e9 else f'{size / 1e6:.1f} MB'


def summary(preparation) -> list:
    """What was made, kept and omitted, in lines."""
    records = list(preparation.records.values())
    frames = sum(record.frames for record in records)
    raw, small = (
        volume(sum(getattr(record, key) for record in records))
        for key in ('source_bytes', 'bytes'))
    lines = [
        f'{len(records)} of {len(preparation.plan.clips)} clips are in '
        f'{preparation.target}: {frames} frames, {small} made of {raw}; '
        f'{len(preparation.plan.annotations)} annotation files'
    ]
    side = preparation.recipe.short_side
    kept = sum(min(x.width, x.height) < side for x in records)
    if kept:
        lines.append(f'{kept} clips are smaller than {side} pixels and keep '
                     'their size')
    measured = [x for x in records if x.psnr is not None]
    if measured:
        worst = min(measured, key=lambda x: x.psnr)
        mean = sum(x.psnr for x in measured) / len(measured)
        lines.append(f'PSNR: {mean:.2f} dB on average, at worst '
                     f'{worst.psnr:.2f} dB ({worst.path})')
    strays, left_out = list(preparation.strays), preparation.plan.left_out
    if strays:
        lines.append(f'kept: {len(strays)} clips that are no longer in '
                     f'{preparation.source}: {first_of(strays)}')
    missing = preparation.plan.missing
    if missing:
        lines.append(f'missing: {len(missing)} clips that a list names are '
                     f'not in {preparation.source}: {first_of(missing)}')
    if left_out:
        lines.append(f'left out: {len(left_out)} files and folders that no '
                     'data set reads, or that are links to folders: '
                     f'{first_of(left_out)}')
    return lines


def first_of(names: Sequence[str]) -> str:
    return ', '.join(names[:5]) + (', ...' if len(names) > 5 else '')


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.datasets.preparation import (FAILURES,
                                                           Preparation, Recipe)
    from mmaction_microaction.utils.errors import say
    from mmaction_microaction.utils.tool_parts import plain_console
    console = plain_console()
    recipe = Recipe(args.short_side, args.codec, args.quality)
    try:
        with Preparation(args.source, args.target, recipe, args.psnr,
                         args.verify, args.shard) as preparation:
            prepare(preparation, args.workers, console)
    except KeyboardInterrupt:
        say('stopped; the same command continues from here')
        return 130
    for line in summary(preparation):
        console.print(line)
    failures = preparation.failures
    if failures:
        missing = failures.keys() - preparation.records.keys()
        console.print(f'{len(failures)} clips could not be read, '
                      f'{len(missing)} of them are missing; see '
                      f'{os.path.join(preparation.tables, FAILURES)}')
    return int(bool(failures or preparation.plan.missing))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
