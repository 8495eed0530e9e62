# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Check a copy of MA-52 before training on it.

Reads the lists, decodes the first and last frame of every clip, and prints
how the classes are spread and everything that is wrong. The exit code is 1
if anything is, else 0.

Usage:
    python tools/data/check_data.py ROOT [--splits train val test] [--workers N]
        [--full] [--csv OUT]
"""
import argparse
import csv
import os
import os.path as osp
import sys
from dataclasses import dataclass
from typing import List

from rich.console import Console
from rich.progress import (BarColumn, MofNCompleteColumn, Progress, TextColumn,
                           TimeRemainingColumn)
from rich.table import Table

from mmaction_microaction.datasets import (SPLITS, check_videos, count_classes,
                                           find_list, find_video_dir,
                                           long_tail_stats, scan_list)
from mmaction_microaction.labels import ACTION_NAMES, NUM_ACTIONS

# Paths are printed as they are.
console = Console(soft_wrap=True, markup=False, emoji=False, highlight=False)


@dataclass
class Split:
    """What a split's list says, and what is wrong with the split.

    ``labels`` is empty where the list has none, or only dummy zeros.
    """
    name: str
    ann_file: str
    video_dir: str
    clips: List[str]
    labels: List[int]
    problems: List[str]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Check lists and clips of MA-52.')
    parser.add_argument('root', help='the folder that holds MA-52')
    parser.add_argument(
        '--splits',
        nargs='+',
        choices=SPLITS,
        help='what to check (default: every split that has a list)')
    parser.add_argument(
        '--workers',
        type=int,
        default=os.cpu_count() or 1,
        help='number of processes (default: one per core)')
    parser.add_argument(
        '--full',
        action='store_true',
        help='decode every frame, which finds damage in the middle as well')
    parser.add_argument('--csv', help='file to write the problems into')
    return parser.parse_args()


def read_split(root: str, name: str) -> Split:
    ann_file = find_list(root, name)
    video_dir = find_video_dir(root, name)
    is_test = name == 'test'
    entries, problems = scan_list(ann_file, labels_required=not is_test)
    labels = [label for _, label in entries if label is not None]
    if is_test and not any(labels):  # the official list's dummy zeros
        labels = []
    clips = [osp.join(video_dir, clip) for clip, _ in entries]
    return Split(name, ann_file, video_dir, clips, labels, problems)


def existing_splits(root: str) -> List[str]:
    found = []
    for name in SPLITS:
        try:
            find_list(root, name)
        except FileNotFoundError:
            continue
        found.append(name)
    # Without any list, let the error for the first one explain.
    return found or [SPLITS[0]]


def check_clips(splits: List[Split], workers: int, full: bool) -> None:
    """Decode all clips and add the problems to the splits."""
    columns = (TextColumn('{task.description}'), BarColumn(),
               MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        for split in splits:
            task = progress.add_task(
                f'decoding {split.name}', total=len(split.clips))
            for path, problem in check_videos(split.clips, workers, full):
                if problem is not None:
                    split.problems.append(f'{path}: {problem}')
                progress.advance(task)


def print_split(split: Split) -> None:
    console.print(f'{split.name}: {len(split.clips)} clips '
                  f'({split.ann_file}, {split.video_dir})')
    if not split.labels:
        console.print('    no labels')
        return
    stats = long_tail_stats(count_classes(split.labels, NUM_ACTIONS))
    present = NUM_ACTIONS - len(stats['absent'])
    console.print(
        f'    classes present: {present} of {NUM_ACTIONS}\n'
        f'    long tail: largest class / smallest present class = '
        f'{stats["imbalance_ratio"]:.1f}; {len(stats["head"])} classes over '
        f'100 clips, {len(stats["medium"])} of 20 to 100, '
        f'{len(stats["tail"])} under 20')


def print_counts(splits: List[Split]) -> None:
    splits = [split for split in splits if split.labels]
    if not splits:
        return
    table = Table('', 'class', *[split.name for split in splits])
    counts = [count_classes(split.labels, NUM_ACTIONS) for split in splits]
    for index, name in enumerate(ACTION_NAMES):
        table.add_row(str(index), name, *[str(c[index]) for c in counts])
    console.print(table)


def main() -> int:
    args = parse_args()
    names = args.splits or existing_splits(args.root)
    try:
        splits = [read_split(args.root, name) for name in names]
    except FileNotFoundError as error:
        sys.exit(str(error))
    check_clips(splits, args.workers, args.full)
    print_counts(splits)
    for split in splits:
        print_split(split)
    problems = [(s.name, text) for s in splits for text in s.problems]
    for name, text in problems:
        console.print(f'{name}: {text}')
    console.print(f'{len(problems)} problems')
    if args.csv:
        with open(args.csv, 'w', newline='') as file:
            csv.writer(file).writerows([('split', 'problem'), *problems])
    return int(bool(problems))


if __name__ == '__main__':
    sys.exit(main())
