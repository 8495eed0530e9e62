# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Estimate poses in videos, or convert the output of other estimators.

Every frame gets the 28 points of MA-52's pose data, of one person.
"""
import argparse
import hashlib
import json
import os
import os.path as osp
import sys
from functools import partial
from typing import Dict, List, NamedTuple, Optional, Sequence

from mmaction_microaction_cli.tool import (add_debug, add_shard, make_parser,
                                           run)

EXAMPLES = """examples:
  python tools/data/extract_pose.py --make-env
  python tools/data/extract_pose.py data/ma52 --out data/ma52
  python tools/data/extract_pose.py recordings/ --out poses --preview
  python tools/data/extract_pose.py interview.mp4 --out interview.pkl
  python tools/data/extract_pose.py recordings/ --from openpose json/ \\
      --out poses.pkl

A data root with lists as of MA-52 gets pose_train.pkl and so on in the folder
--out; other videos get a file each, or all are in one if it ends in .pkl.

Several machines: --shard 0/3 on the first, 1/3, 2/3, then once without, which
writes the results.

Stop it whenever you like: the same command goes on. What is finished lies in
.pose_parts beside the results until you remove it. The exit code is 1 if a
video could not be done, 2 if nothing could. See docs/pose.md."""
PARTS, DAY = '.pose_parts', 86400.
SURE = .3  # minimum score of a visible point


class Clip(NamedTuple):
    """A video and the target file of its entry."""
    video: str
    target: str
    fields: dict  # of the entry: frame_dir, label


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('videos',
        nargs='*',
        metavar='VIDEO',
        help='video files, folders, or a data root with lists')
    add('--out', help='output folder, or a file NAME.pkl for all videos')
    add('--estimator',
        choices=('mediapipe', 'rtmlib'),
        default='mediapipe',
        help='estimator, compared in docs/pose.md (default: %(default)s)')
    add('--from',
        dest='source',
        nargs=2,
        metavar=('KIND', 'PATH'),
        help='convert JSON files instead: openpose (a folder) or coco '
        '(MMPose, COCO: VIDEO.json, or a folder of them)')
    add('--workers',
        type=int,
        default=os.cpu_count() or 1,
        metavar='N',
        help='videos in parallel; 0: in this process (default: one per core)')
    add_shard(parser)
    add('--preview',
        nargs='?',
        type=int,
        const=12,
        default=0,
        metavar='N',
        help='draw contact sheets of N videos, with the skeleton (default: '
        '12)')
    add('--make-env',
        action='store_true',
        help='create the environment of mediapipe, in .pose-env or the '
        'folder in MICROACTION_POSE_ENV')
    add_debug(parser)
    return parser


def plan(paths: Sequence[str], out: str) -> List[Clip]:
    """All videos to process."""
    from mmaction_microaction.inference.find_videos import find_videos
    from mmaction_microaction.utils.errors import UserError
    if len(paths) == 1 and osp.isdir(paths[0]):
        if clips := plan_root(paths[0], out):
            if out.endswith('.pkl'):
                raise UserError(f'{paths[0]} gets a file for each of its lists'
                                f': --out must be a folder, but is {out}')
            return clips
    clips: Dict[str, Clip] = {}
    for path in paths:
        if not osp.exists(path):
            raise FileNotFoundError(f'{path} does not exist')
        for video in find_videos(path) if osp.isdir(path) else [path]:
            name = osp.splitext(osp.basename(video))[0]
            target = osp.join(out, f'{name}.pkl' * (out[-4:] != '.pkl'))
            clip = Clip(video, target.rstrip('/'), dict(frame_dir=name))
            other = clips.setdefault(name, clip).video
            if osp.realpath(other) != osp.realpath(video):
                raise UserError(f'{other} and {video} would both be {name}; '
                                'use a separate --out for each')
    if not clips:
        raise UserError(f'there are no videos in {", ".join(paths)}')
    return list(clips.values())


def plan_root(root: str, out: str) -> List[Clip]:
    """The clips of the lists of a data root; none without lists."""
    from mmaction_microaction.datasets import find_list, find_video_dir
    from mmaction_microaction.datasets.layout import SPLITS
    from mmaction_microaction.datasets.list_file import read_list
    from mmaction_microaction.utils.files import as_on_disk
    clips = []
    for split in SPLITS:
        try:
            path = find_list(root, split)
        except FileNotFoundError:
            continue
        entries = read_list(path, 10**6, labels_required=False)
        folder = find_video_dir(root, split)
        videos = as_on_disk(osp.join(folder, name) for name, _ in entries)
        # The official test list has dummy zeros for labels.
        labelled = split != 'test' or any(label for _, label in entries)
        for video, (name, label) in zip(videos, entries):
            fields = dict(frame_dir=osp.splitext(name)[0])
            if labelled and label is not None:
                fields['label'] = label
            target = osp.join(out, f'pose_{split}.pkl')
            clips.append(Clip(video, target, fields))
    return clips


def part_of(clip: Clip, folder: str, how: Sequence[str]) -> str:
    """Temporary file of the entry of a video, specific to its content."""
    state = os.stat(clip.video)
    key = [osp.realpath(clip.video), state.st_size, state.st_mtime_ns, how]
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    return osp.join(folder, PARTS, f'{digest[:20]}.pkl')


def make_parts(parts: Dict[str, str], how: Sequence[str], workers: int,
               console, todo: Sequence[str]) -> Dict[str, str]:
    """Make the parts {video: path} in ``todo``; returns the failed videos and
    the reasons."""
    from mmaction_microaction.pose.estimators import (entry_safely,
                                                      find_estimator)
    from mmaction_microaction.pose.pose_file import write_pose_file
    from mmaction_microaction.utils.tool_parts import progress_bar
    from mmaction_microaction.utils.workers import run_in_processes
    if len(how) == 1 and todo:
        find_estimator(*how).close()  # reports a missing one at once
    failures, job = {}, partial(entry_safely, how=how)
    with progress_bar(console) as bar:
        task = bar.add_task(
            'videos', total=len(parts), completed=len(parts) - len(todo))
        if len(todo) == 1 or not workers:
            workers, frames = 0, bar.add_task('frames')
            job.keywords['progress'] = lambda done, total: bar.update(
                frames, completed=done, total=total)
        for video, entry in run_in_processes(job, todo, workers, DAY):
            bar.advance(task)
            if isinstance(entry, str):
                failures[video] = entry
                continue
            write_pose_file(parts[video], [entry])
    return failures


def write_results(clips: Sequence[Clip], parts: Dict[str, str]) -> list:
    """Merge the parts into the target files; returns all entries."""
    from mmaction_microaction.pose.pose_file import (read_pose_file,
                                                     write_pose_file)
    from mmaction_microaction.utils.files import new_file
    targets: Dict[str, list] = {}
    for clip in clips:
        entries = targets.setdefault(clip.target, [])
        entry, = read_pose_file(parts[clip.video])
        entries.append(dict(entry, **clip.fields))
    for target, entries in targets.items():
        with new_file(target) as (path, _):
            write_pose_file(path, entries)
    return [entry for entries in targets.values() for entry in entries]


def draw_previews(clips: Sequence[Clip], entries: Sequence[dict],
                  folder: str) -> None:
    """Draw contact sheets of the videos."""
    from PIL import Image

    from mmaction_microaction.utils.files import new_files, safe_name
    from mmaction_microaction.visualization.skeleton import draw_skeleton
    from mmaction_microaction.visualization.strips import contact_sheet
    with new_files(folder) as (scratch, _):
        for clip, entry in zip(clips, entries):
            points, scores = entry['keypoint'][0], entry['keypoint_score'][0]

            def draw(frame, number: int) -> None:
                draw_skeleton(frame, points[number], scores[number])

            name = safe_name(entry['frame_dir'])
            sheet = Image.fromarray(contact_sheet(clip.video, draw=draw))
            sheet.save(osp.join(scratch, f'{name}_pose.png'))


def report(entries: Sequence[dict], console) -> None:
    """Print the confidence of each point, and the estimator's notes."""
    import numpy as np
    from rich.table import Table

    from mmaction_microaction.pose import KeypointLayout
    from mmaction_microaction.utils.errors import first_of
    scores = np.concatenate([x['keypoint_score'][0]
                             for x in entries]).astype(float)
    table = Table('point', 'mean score', f'at least {SURE}, % of frames')
    for i, name in enumerate(KeypointLayout.load('openpose28').points):
        sure = 100 * (scores[:, i] >= SURE).mean()
        table.add_row(name, f'{scores[:, i].mean():.2f}', f'{sure:.1f}')
    console.print(table)
    seen = int((scores > 0).any(1).sum())
    console.print(f'{len(entries)} videos, a person in {seen} of '
                  f'{len(scores)} frames')
    problems = [
        f'{entry["frame_dir"]}: {problem}' for entry in entries
        for problem in entry.get('problems', ())
    ]
    for line in first_of(problems, 100):
        console.print(line)


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.utils.errors import UserError, first_of
    from mmaction_microaction.utils.shards import (WHOLE, forget_shards,
                                                   lock_shard, say_undone,
                                                   take_shard)
    from mmaction_microaction.utils.tool_parts import plain_console
    if args.make_env:
        from mmaction_microaction.pose.mediapipe_process import make_env
        root = osp.dirname(osp.dirname(osp.dirname(osp.realpath(__file__))))
        pins = osp.join(root, 'requirements', 'pose-env.txt')
        print(f'mediapipe is ready: {make_env(pins)}')
        return 0
    if not args.videos or not args.out:
        raise UserError('give a VIDEO and --out, or --make-env; see --help')
    clips, how = plan(args.videos, args.out), args.source or [args.estimator]
    folder = osp.dirname(args.out) if args.out.endswith('.pkl') else args.out
    place, entries = osp.join(folder, PARTS), []
    os.makedirs(place, exist_ok=True)
    videos = list(dict.fromkeys(osp.realpath(x.video) for x in clips))
    mine = set(take_shard(videos, args.shard, 'videos'))
    clips = [x for x in clips if osp.realpath(x.video) in mine]
    console, parts, failures = plain_console(), {}, {}
    with lock_shard(place, place, args.shard):
        for clip in clips:
            try:
                parts[clip.video] = part_of(clip, folder, how)
            except OSError as error:
                failures[clip.video] = error.strerror
        todo = [x for x in parts if args.source or not osp.exists(parts[x])]
        if args.shard == WHOLE:
            say_undone(place, videos, [osp.realpath(x) for x in todo])
        failures.update(make_parts(parts, how, args.workers, console, todo))
        clips = [x for x in clips if x.video not in failures]
        if args.shard == WHOLE:
            entries = write_results(clips, parts)
            forget_shards(place)
    if entries:
        report(entries, console)
        if args.preview:
            step = max(1, len(clips) // args.preview)
            some = slice(None, step * args.preview, step)
            draw_previews(clips[some], entries[some], folder)
    lines = [f'{video}: {why}' for video, why in failures.items()]
    for line in first_of(lines, 100):
        console.print(line)
    return (1 if clips else 2) if failures else 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
