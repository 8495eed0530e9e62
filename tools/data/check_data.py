# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Check MA-52, or data in the same layout, before training.

Reads the lists, decodes the first and last frame of every clip, and prints the
distribution of the classes and all problems. Exit code 1: there are problems.
With pose files (pose_train.pkl etc.), each clip must have a pose, as long as
the clip, with its points in the picture.

example:
  python tools/data/check_data.py data/ma52 --full --csv problems.csv
"""
import argparse
import csv
import os
import os.path as osp
import sys
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from mmaction_microaction_cli.tool import add_debug, make_parser, run

SPLITS = ('train', 'val', 'test')


@dataclass
class Split:
    """List and problems of a split.

    ``labels`` is empty if the list has none, or only dummy zeros.
    """
    name: str
    ann_file: str
    video_dir: str
    clips: List[str]
    labels: List[int]
    problems: List[str]
    facts: Dict[str, tuple]  # clip -> frames, height and width if it is sound
    entries: List[Tuple[str, Optional[int]]]  # names as listed, and labels


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('root', help='root folder of MA-52')
    add('--splits',
        nargs='+',
        choices=SPLITS,
        help='splits to check (default: all with a list)')
    add('--workers',
        type=int,
        default=os.cpu_count() or 1,
        help='number of processes (default: one per core)')
    add('--full',
        action='store_true',
        help='decode every frame, to detect damage within clips')
    add('--taxonomy',
        default='ma52',
        help='label set: a name or a .yaml or .csv file (default: ma52)')
    add('--pose',
        metavar='FILE',
        help='pose file to check; {split} stands for train, val or test '
        '(default: pose_{split}.pkl in the root, if present)')
    add('--csv', help='output file for the problems')
    add_debug(parser)
    return parser


def read_split(root: str, name: str, num_classes: int) -> Split:
    from mmaction_microaction.datasets import (find_list, find_video_dir,
                                               scan_list)
    from mmaction_microaction.utils.files import as_on_disk
    ann_file = find_list(root, name)
    video_dir = find_video_dir(root, name)
    is_test = name == 'test'
    entries, problems = scan_list(ann_file, num_classes, not is_test)
    labels = [label for _, label in entries if label is not None]
    if is_test and not any(labels):  # the official list's dummy zeros
        labels = []
    clips = as_on_disk(osp.join(video_dir, clip) for clip, _ in entries)
    return Split(name, ann_file, video_dir, clips, labels, problems, {},
                 entries)


def existing_splits(root: str) -> List[str]:
    from mmaction_microaction.datasets import find_list
    found = []
    for name in SPLITS:
        try:
            find_list(root, name)
        except FileNotFoundError:
            continue
        found.append(name)
    # Without any list, let the error for the first one explain.
    return found or [SPLITS[0]]


def check_clips(splits: List[Split], workers: int, full: bool,
                console) -> None:
    """Decode all clips and add the problems to the splits."""
    from mmaction_microaction.datasets import probe_videos
    from mmaction_microaction.utils.tool_parts import progress_bar
    with progress_bar(console) as progress:
        for split in splits:
            task = progress.add_task(
                f'decoding {split.name}', total=len(split.clips))
            for path, facts in probe_videos(split.clips, workers, full):
                if isinstance(facts, str):
                    split.problems.append(f'{path}: {facts}')
                else:
                    split.facts[path] = facts
                progress.advance(task)


def find_poses(root: str, names: Sequence[str],
               pose: Optional[str]) -> Dict[str, str]:
    """The pose file of each split that has one."""
    from mmaction_microaction.datasets import POSE_LAYOUT
    places = [pose] if pose else [
        osp.join(root, place) for place in POSE_LAYOUT.annotations[::-1]
    ]
    paths = [(name, place.replace('{split}', name)) for place in places
             for name in (names if pose else SPLITS)]
    found = {name: path for name, path in paths if osp.isfile(path)}
    if pose and not found:
        raise FileNotFoundError(f'--pose: {pose} does not exist')
    return found


def check_poses(split: Split, poses: Dict[str, str], pose: Optional[str],
                seen: Dict[str, dict]) -> None:
    """Compare the poses of a split with its clips, and add the problems.
    ``seen`` gets the visibility of each point, by split."""
    from mmaction_microaction.pose import (check_entry, entry_name,
                                           match_entries, scan_pose_file,
                                           seen_by_point)
    from mmaction_microaction.utils.errors import UserError
    say, path = split.problems.append, poses.get(split.name)
    if not path:
        return say(f'no pose file; found those of {", ".join(poses)}')
    try:
        entries, problems = scan_pose_file(path, split.name)
        split.problems += problems
        found = match_entries(entries, [x for x, _ in split.entries],
                              split.name)
    except (UserError, OSError) as error:
        return say(str(error))
    for (name, label), clip in zip(split.entries, split.clips):
        if name not in found:
            say(f'{path}: {name} has no pose')
            continue
        entry, facts = found[name], split.facts.get(clip)
        own = entry.get('label', label)
        if split.labels and own != label:
            say(f'{path}: {entry_name(entry)}: label {own}, but {label} in '
                f'{split.ann_file}')
        split.problems += [
            f'{path}: {entry_name(entry)}: {text}' for text in check_entry(
                entry, *(facts and (facts[0], facts[1:]) or ()))
        ]
    used = set(map(entry_name, found.values()))
    if '{split}' in (pose or '{split}'):  # not a file of all splits
        split.problems += [
            f'{path}: {name} is not a clip of {split.ann_file}'
            for name in map(entry_name, entries) if name not in used
        ]
    if found:
        seen[split.name] = seen_by_point(found.values())


def print_points(seen: Dict[str, dict], console) -> None:
    """Visibility of each point of the poses, in per cent of the frames."""
    from rich.table import Table
    table = Table('point', *[f'{name}: seen' for name in seen])
    for point in dict.fromkeys(x for shares in seen.values() for x in shares):
        shares = [x.get(point) for x in seen.values()]
        table.add_row(point,
                      *['' if x is None else f'{x:.0%}' for x in shares])
    console.print(table)
    for name, shares in seen.items():
        console.print(f'{name}: {sum(shares.values()):.1f} of {len(shares)} '
                      'points are seen on average')


def print_split(split: Split, num_classes: int, console) -> None:
    from mmaction_microaction.datasets import count_classes, long_tail_stats
    console.print(f'{split.name}: {len(split.clips)} clips '
                  f'({split.ann_file}, {split.video_dir})')
    if not split.labels:
        console.print('    no labels')
        return
    stats = long_tail_stats(count_classes(split.labels, num_classes))
    present = num_classes - len(stats['absent'])
    console.print(
        f'    classes present: {present} of {num_classes}\n'
        f'    long tail: largest class / smallest present class = '
        f'{stats["imbalance_ratio"]:.1f}; {len(stats["head"])} classes over '
        f'100 clips, {len(stats["medium"])} of 20 to 100, '
        f'{len(stats["tail"])} under 20')


def print_counts(splits: List[Split], names: Sequence[str], console) -> None:
    from rich.table import Table

    from mmaction_microaction.datasets import count_classes
    splits = [split for split in splits if split.labels]
    if not splits:
        return
    table = Table('', 'class', *[split.name for split in splits])
    counts = [count_classes(x.labels, len(names)) for x in splits]
    for index, name in enumerate(names):
        table.add_row(str(index), name, *[str(c[index]) for c in counts])
    console.print(table)


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.taxonomy import Taxonomy
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.tables import plain_text
    from mmaction_microaction.utils.tool_parts import plain_console
    taxonomy = Taxonomy.load(args.taxonomy)
    console = plain_console()
    names = args.splits or existing_splits(args.root)
    splits = [
        read_split(args.root, name, taxonomy.num_classes) for name in names
    ]
    poses = find_poses(args.root, names, args.pose)
    check_clips(splits, args.workers, args.full, console)
    seen: Dict[str, dict] = {}
    for split in splits if poses else ():
        check_poses(split, poses, args.pose, seen)
    if seen:
        print_points(seen, console)
    print_counts(splits, taxonomy.names, console)
    for split in splits:
        print_split(split, taxonomy.num_classes, console)
    problems = [(s.name, text) for s in splits for text in s.problems]
    for name, text in problems:
        console.print(f'{name}: {text}')
    console.print(f'{len(problems)} problems')
    if args.csv:
        with new_file(args.csv) as (path, _), \
                open(path, 'w', newline='') as file:
            csv.writer(file).writerows(
                map(plain_text, row)
                for row in [('split', 'problem'), *problems])
    return int(bool(problems))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
