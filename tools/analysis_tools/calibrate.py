# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Measure how right a model's timelines are, and write that into its
checkpoint.

Runs the model on sessions whose truth is known (validation sessions, or your
own after you have corrected them in ELAN or BORIS), and finds from which score
on each class should be shown, how often such a segment is right, and, for a
recogniser, the length of its windows. tools/infer.py and the page then use
this by default, show the share of right segments as the confidence, and warn
of videos that are unlike these. Never use sessions that a result will be
reported on. What is printed is of each session by what the others gave.
"""
import argparse
import os
import os.path as osp
import sys
from itertools import product
from typing import Dict, List, Optional, Sequence

EXAMPLE = """example:
  python tools/analysis_tools/calibrate.py configs/manet_r18_mma52demo.py \\
      work_dirs/manet_r18_mma52demo/epoch_3.pth sessions/videos_val \\
      --truth sessions/val.csv --out calibrated.pth
  # on one's own corrections: anna.mp4 with anna.eaf, and so on
  python tools/analysis_tools/calibrate.py CONFIG CHECKPOINT recordings/ \\
      --truth corrected/ --rest waiting_room.mp4 --out calibrated.pth
"""
#: What is tried of a recogniser, seconds and probabilities.
WINDOWS = (.6, 1., 1.5, 2.)
THRESHOLDS = (.2, .3, .4, .5, .6, .7, .8, .9)
STAYS = (.3, .5, .8)  # of the threshold
DURATIONS = (.2, .4, .6)
#: Below it nothing is looked at.
LEAST = .02


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('config', help='config of a detector or of a recogniser')
    add('checkpoint', help='its weights')
    add('videos', nargs='+', metavar='VIDEO', help='video files or folders')
    add('--truth',
        required=True,
        metavar='FILE|FOLDER',
        help='annotations: a csv as of MMA-52, or a folder with a file of '
        "each video's name, of ELAN, BORIS, Label Studio, or segments.csv")
    add('--rest',
        nargs='+',
        default=[],
        metavar='VIDEO',
        help='videos, or folders of them, in which nothing happens')
    add('--out', required=True, metavar='FILE', help='checkpoint to write')
    add('--windows',
        type=float,
        nargs='+',
        default=WINDOWS,
        metavar='SECONDS',
        help='lengths to try with a recogniser (default: '
        f'{" ".join(map(str, WINDOWS))})')
    add('--device', help='cpu, cuda, cuda:1 (default: the GPU if any)')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def pair(args: argparse.Namespace, taxonomy) -> Dict[str, list]:
    """The true segments of every video, by its path."""
    from mmaction_microaction.formats import read_truth
    from mmaction_microaction.outputs import list_videos
    from mmaction_microaction.utils.errors import UserError, first_of
    from mmaction_microaction.utils.files import compose
    known = read_truth(args.truth, taxonomy)
    found, missing = {}, []
    for video in list_videos(args.videos):
        name = compose(osp.splitext(osp.basename(video))[0])
        if name in known:
            found[video] = known[name]
        else:
            missing.append(video)
    if missing:
        raise UserError(f'{args.truth} has nothing about ' +
                        '; '.join(first_of(missing)) +
                        '; name those in which nothing happens behind --rest')
    return {**found, **dict.fromkeys(list_videos(args.rest), [])}


def run(inferencer, videos: Sequence[str]) -> tuple:
    """Results and features of the videos."""
    from mmaction_microaction.utils.tool_parts import (plain_console,
                                                       progress_bar)
    results, features = [], []
    with progress_bar(plain_console(True)) as bar:
        for video in bar.track(videos, description='videos'):
            results.append(inferencer(video))
            features.append(inferencer.features)
    return results, [x for x in features if x is not None]


def best_windows(inferencer, truth: dict, lengths: Sequence[float]) -> tuple:
    """Of a recogniser: results with the segments of the best settings, these
    settings, and the features."""
    from mmaction_microaction.evaluation.functional import timeline_scores
    from mmaction_microaction.inference.windows import merge_steps
    best = (-1., )
    for length in lengths:
        inferencer.window, inferencer.stride = length, None
        results, features = run(inferencer, list(truth))
        for start, stay, shortest in product(THRESHOLDS, STAYS, DURATIONS):
            settings = dict(
                threshold=start, stay=start * stay, min_duration=shortest)
            segments = [
                merge_steps(
                    r.step_starts,
                    r.step_ends,
                    r.step_scores,
                    taxonomy=r.taxonomy,
                    **settings) for r in results
            ]
            f1 = timeline_scores(
                columns(truth, False), columns(dict(zip(truth, segments))),
                (.5, ), inferencer.taxonomy)['action_f1@0.5']
            if f1 > best[0]:
                best = (f1, segments, dict(settings, window=length), features)
        print(f'windows of {length:g} s: F1 {best[0]:.3f} at most so far')
    for result, segments in zip(results, best[1]):
        result.segments = segments
    return results, best[2], best[3]


def columns(segments: Dict[str, List], scored: bool = True) -> dict:
    """Of lists of segments what the evaluation takes."""
    return {
        video:
        ([(s.start, s.end)
          for s in its], [s.action
                          for s in its], *([[s.score
                                             for s in its]] if scored else []))
        for video, its in segments.items()
    }


def work(args: argparse.Namespace) -> int:
    import torch

    from mmaction_microaction import MicroActionInferencer
    from mmaction_microaction.inference.calibration import KEY, Calibration
    from mmaction_microaction.utils.checkpoints import load_from_local
    from mmaction_microaction.utils.files import new_file
    inferencer = MicroActionInferencer(
        args.config, args.checkpoint, args.device, threshold=LEAST)
    inferencer.calibration = None  # of an earlier call
    truth = pair(args, inferencer.taxonomy)
    settings = {}
    if inferencer.detects:
        results, features = run(inferencer, list(truth))
    else:
        results, settings, features = best_windows(inferencer, truth,
                                                   args.windows)
    found = {video: r.segments for video, r in zip(truth, results)}
    made = Calibration.fit(
        columns(truth, False), columns(found),
        sum(r.video.duration for r in results), inferencer.taxonomy, settings,
        features)
    content = load_from_local(args.checkpoint)
    content[KEY] = made.to_dict()
    with new_file(args.out) as (path, placed):
        torch.save(content, path)
    for name, value in {**made.measured, **settings}.items():
        print(f'{name:>14}  {value:.4g}')
    print(f'wrote {", ".join(placed.values())}')
    return 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    from mmaction_microaction.utils.errors import run_tool
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    return run_tool(work, args)


if __name__ == '__main__':
    sys.exit(main())
