# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Calibrate a detector on annotated sessions.

Runs the model on sessions with known truth (validation sessions, or your own
after correction in ELAN or BORIS). For each class, it determines the score
threshold, and the share of correct segments as a function of the score. Both
are stored in the checkpoint: tools/infer.py and the web page use the
thresholds by default, show the share as confidence, and warn of videos that
differ from these sessions. Never use sessions on which you report results.
The printed numbers are cross-validated: each session is evaluated with the
calibration of the others.
"""
import argparse
import os
import os.path as osp
import sys
from typing import Dict, Optional, Sequence

from mmaction_microaction_cli.tool import (add_config_options, add_debug,
                                           add_device, make_parser, run)

EXAMPLE = """example:
  python tools/analysis_tools/calibrate.py configs/manet_r18_mma52demo.py \\
      work_dirs/manet_r18_mma52demo/epoch_3.pth sessions/videos_val \\
      --truth sessions/val.csv --out calibrated.pth
  # with your own corrections: anna.mp4 with anna.eaf, and so on
  python tools/analysis_tools/calibrate.py CONFIG CHECKPOINT recordings/ \\
      --truth corrected/ --rest waiting_room.mp4 --out calibrated.pth
"""
#: Lower scores are ignored.
LEAST = .02


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLE)
    add = parser.add_argument
    add('config', help='config of a detector')
    add('checkpoint', help='checkpoint of the model')
    add('videos', nargs='+', metavar='VIDEO', help='video files or folders')
    add('--truth',
        required=True,
        metavar='FILE|FOLDER',
        help='annotations: a csv in the form of MMA-52, or a folder with '
        'one file per video and of its name: ELAN, BORIS, Label Studio '
        'or segments.csv')
    add('--rest',
        nargs='+',
        default=[],
        metavar='VIDEO',
        help='videos without micro-actions, or folders of them')
    add('--out', required=True, metavar='FILE', help='output checkpoint')
    add_device(parser)
    add_config_options(parser)
    add_debug(parser)
    return parser


def pair(args: argparse.Namespace, taxonomy) -> Dict[str, list]:
    """True segments of every video, by path."""
    from mmaction_microaction.formats import read_ground_truth
    from mmaction_microaction.inference.calibration import require_two
    from mmaction_microaction.inference.find_videos import check_video
    from mmaction_microaction.outputs import list_videos
    from mmaction_microaction.utils.errors import UserError, first_of
    from mmaction_microaction.utils.files import to_nfc
    known, found, missing = read_ground_truth(args.truth, taxonomy), {}, []
    rest = list_videos(args.rest)
    still = set(map(osp.realpath, rest))
    videos = [
        video for video in list_videos(args.videos)
        if osp.realpath(video) not in still
    ]
    names = [to_nfc(osp.splitext(osp.basename(x))[0]) for x in videos + rest]
    for video, name in zip(videos + rest, names):
        check_video(video)
        if names.count(name) > 1:
            raise UserError(f'two videos are named {name}: their annotations '
                            'cannot be distinguished')
        if osp.realpath(video) in still and known.get(name):
            raise UserError(f'{video} is given with --rest, but {args.truth} '
                            'has annotations of it')
        if video in videos and name not in known:
            missing.append(video)
        found[video] = known.get(name, [])
    if missing:
        raise UserError(f'{args.truth} has no annotations of ' +
                        '; '.join(first_of(missing)) +
                        '; give videos without micro-actions with --rest')
    require_two(found)
    return found


def work(args: argparse.Namespace) -> int:
    import torch

    from mmaction_microaction import MicroActionInferencer
    from mmaction_microaction.inference.calibration import KEY, Calibration
    from mmaction_microaction.results import as_arrays
    from mmaction_microaction.utils.checkpoints import load_from_local
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.tool_parts import (plain_console,
                                                       progress_bar)
    inferencer = MicroActionInferencer(
        args.config,
        args.checkpoint,
        args.device,
        threshold=LEAST,
        cfg_options=args.cfg_options)
    if not inferencer.detects:
        raise UserError(
            f'{args.config} labels clips; calibration is for detectors '
            '(docs/mma52.md)')
    inferencer.calibration = None  # of an earlier call
    truth, found, looks = pair(args, inferencer.taxonomy), {}, []
    seconds = 0.
    with progress_bar(plain_console(True)) as bar:
        for video in bar.track(truth, description='videos'):
            result = inferencer(video)
            found[video] = as_arrays(result.segments)
            seconds += result.video.duration
            looks.append(inferencer.appearance)
    made = Calibration.fit(
        {
            video: as_arrays(its)[:2]
            for video, its in truth.items()
        }, found, seconds, inferencer.taxonomy,
        [x for x in looks if x is not None])
    content = load_from_local(args.checkpoint)
    content[KEY] = made.to_dict()
    with new_file(args.out) as (path, placed):
        torch.save(content, path)
    for name, value in made.measured.items():
        print(f'{name:>14}  {value:.4g}')
    print(f'wrote {", ".join(placed.values())}')
    return 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
