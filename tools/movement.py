# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Measure movement and contacts of hands in videos, without a trained model.

Key points of the person are estimated, or read (--pose). Each video gets a
folder in DIR with episodes (movements of body parts, nods and shakes of the
head, hands at head, trunk, arm or leg, changes of posture), curves, pictures
and files for annotation programs; summary.csv and summary.xlsx in DIR count
them. Distance in the picture is not touch. docs/movement.md defines all this.
Finished videos are skipped, so repeat the command after an interruption.
"""
import argparse
import os.path as osp
import sys
from dataclasses import asdict
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import (add_debug, add_shard, make_parser,
                                           run)

EXAMPLES = """examples:
  python tools/movement.py interview.mp4 --out movement
  python tools/movement.py recordings/ --out movement --pose poses
  python tools/movement.py interview.mp4 --out movement \\
      --set rest_radius=0.3 min_duration=0.3

Lengths are in body scales, widths of the shoulders; times in seconds.
Every failed video is reported. Exit code 1: some failed, or only their
beginning could be read; 2: all failed, or the call is invalid. A part
(--shard) in which all failed exits with 1 if others are readable."""
OUTPUTS = ('json', 'summary', 'csv', 'curves', 'webvtt', 'elan', 'boris',
           'label-studio', 'timeline', 'report', 'overlay')


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('videos', nargs='+', metavar='VIDEO', help='video files or folders')
    add('--out', required=True, metavar='DIR', help='output folder')
    add('--pose',
        default='mediapipe',
        metavar='FILE|FOLDER|mediapipe|rtmlib',
        help='files of tools/data/extract_pose.py, matched by name, or an '
        'estimator (default: %(default)s)')
    add('--outputs',
        nargs='+',
        choices=OUTPUTS,
        default=OUTPUTS,
        metavar='NAME',
        help=f'besides predictions.json (default: {" ".join(OUTPUTS)})')
    add('--set',
        nargs='+',
        default=[],
        metavar='NAME=NUMBER',
        help='thresholds of docs/movement.md')
    add_shard(parser)
    add('--overwrite', action='store_true', help='repeat finished videos')
    add_debug(parser)
    return parser


def parse_settings(words: Sequence[str]):
    """The thresholds of --set."""
    from mmaction_microaction.kinematics import MovementSettings
    from mmaction_microaction.utils.errors import UserError
    known, changes = asdict(MovementSettings()), {}
    for word in words:
        name, _, number = word.partition('=')
        try:
            changes[name] = float(number)
        except ValueError:
            changes[name] = None
        if name not in known or changes[name] is None:
            raise UserError(f'--set {word}: expected NAME=NUMBER with a name '
                            f'of {", ".join(known)}')
    return MovementSettings(**changes)


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.inference.pose_input import PoseInput
    from mmaction_microaction.outputs import (MOVEMENT_OUTPUTS, Batch,
                                              choose_folders, identify,
                                              list_videos, measure_source,
                                              start_batch, write_summary)
    from mmaction_microaction.results import read_json
    from mmaction_microaction.utils.provenance import describe_software
    from mmaction_microaction.utils.shards import WHOLE
    settings = parse_settings(args.set)

    def make() -> Batch:
        pose = identify(args.pose) if osp.exists(args.pose) else args.pose
        wanted = {'json', *args.outputs}
        return Batch(
            dict(settings=asdict(settings), pose=pose), {
                x: y
                for x, y in MOVEMENT_OUTPUTS.items() if x in wanted
            },
            lambda source, advance: measure_source(source, settings),
            PoseInput(args.pose),
            provenance=describe_software(),
            overwrite=args.overwrite,
            debug=args.debug)

    code = start_batch(args, make)
    if code < 2 and args.shard == WHOLE:
        results = []
        folders = choose_folders(list_videos(args.videos), args.out)
        for folder in folders.values():
            path = osp.join(folder, 'predictions.json')
            if osp.isfile(path):
                session = osp.basename(folder)
                facts = dict(subject='', session=session, observer='movement')
                results.append((facts, read_json(path)))
        write_summary(results, args.out)
    return code


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
