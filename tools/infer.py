# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Find micro-actions in videos of any length.

Each video gets a folder in DIR with scores, segments, pictures and files for
annotation programs. Use a detector for recordings: it finds start and end of
every micro-action. A recogniser is for cut clips; it scans longer videos in
windows. Finished videos are skipped, so repeat the command after an
interruption. Your changes are kept: a new segments.eaf is written beside yours
as segments.new.eaf.

Several machines: --shard 0/3 on the first, 1/3, 2/3, then once without, which
completes the work and reports all failures.
"""
import argparse
import hashlib
import os.path as osp
import sys
from functools import partial
from typing import TYPE_CHECKING, Callable, Optional, Sequence

from mmaction_microaction_cli.tool import (add_config_options, add_debug,
                                           add_device, add_shard, make_parser,
                                           run)

if TYPE_CHECKING:
    from mmaction_microaction.outputs import Batch

EXAMPLES = """examples:
  python tools/infer.py configs/manet_r50_ma52.py epoch_80.pth \\
      interview.mp4 --out results
  python tools/infer.py configs/manet_r50_ma52.py epoch_80.pth recordings/ \\
      --out results --outputs csv elan --threshold 0.4
  python tools/infer.py configs/manet_r50_mma52_detection.py epoch_100.pth \\
      val0000.mp4 --out results --ann-file val.csv
  # skeleton models, and RGB + pose models: estimate the pose
  python tools/infer.py configs/stgcnpp_ma52.py epoch_24.pth \\
      interview.mp4 --out results --pose mediapipe

Times are in seconds. Every failed video is reported. Exit code 1: some failed,
or only their beginning could be read; 2: all failed, or the call is invalid.
A part (--shard) in which all failed exits with 1 if others are readable."""
OUTPUTS = ('json', 'csv', 'webvtt', 'elan', 'boris', 'label-studio',
           'timeline', 'report', 'overlay')
NUMBERS = (
    ('--window', None, 'length of a window (default: 2; videos up to 4: one '
     'window)'),
    ('--stride', None, 'distance between windows (default: a quarter of '
     '--window)'),
    ('--threshold', None,
     'probability that starts a segment (default: 0.3); for a calibrated '
     'detector the share of correct segments (default: as calibrated)'),
    ('--stay', None, 'probability that continues a segment (default: half '
     'of --threshold)'),
    ('--min-duration', .5, 'shortest segment of a recogniser (default: .5)'),
    ('--max-gap', 0., 'longest gap within a segment (default: 0)'),
)


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('config', help='config of a recogniser or detector')
    add('checkpoint', help='checkpoint, or an exported .onnx file')
    add('videos', nargs='+', metavar='VIDEO', help='video files or folders')
    add('--out', required=True, metavar='DIR', help='output folder')
    add_device(parser)
    for name, default, text in NUMBERS:
        add(name, type=float, default=default, help=text)
    add('--batch-size',
        type=int,
        help='windows per batch (default: that of '
        'the config)')
    add('--outputs',
        nargs='+',
        choices=OUTPUTS,
        default=OUTPUTS,
        metavar='NAME',
        help=f'besides predictions.json (default: {" ".join(OUTPUTS)})')
    add('--pose',
        metavar='FILE|FOLDER|mediapipe|rtmlib',
        help='pose of the person, required by pose models and drawn in the '
        'overlay: files of tools/data/extract_pose.py, matched by '
        'name, or an estimator, which runs once per video')
    add('--ann-file',
        metavar='FILE|FOLDER',
        help='annotations to draw as well: a csv in the form of MMA-52, or '
        'a folder with one file per video and of its name')
    add_shard(parser)
    add('--overwrite', action='store_true', help='repeat finished videos')
    add_config_options(parser)
    add_debug(parser)
    return parser


def make_batch(args: argparse.Namespace, batch: Callable) -> 'Batch':
    """The model, and the outputs of its results."""
    from mmaction_microaction import MicroActionInferencer
    from mmaction_microaction.formats import read_ground_truth
    from mmaction_microaction.inference.pose_input import PoseInput
    from mmaction_microaction.outputs import OUTPUTS, identify
    from mmaction_microaction.results import read_json
    from mmaction_microaction.utils.errors import say
    from mmaction_microaction.utils.provenance import (describe_file,
                                                       describe_software,
                                                       hash_plain)
    names = [x[2:].replace('-', '_') for x, *_ in NUMBERS]
    options = {name: getattr(args, name) for name in names}
    # Reports missing poses before the model is loaded.
    poses = PoseInput(args.pose) if args.pose else None
    inferencer = MicroActionInferencer(
        args.config,
        args.checkpoint,
        args.device,
        batch_size=args.batch_size,
        cfg_options=args.cfg_options,
        **options)
    inferencer.require_pose(poses)
    if inferencer.predictor.domain:
        say(f'this model is for {inferencer.predictor.domain}')
    truth = read_ground_truth(args.ann_file,
                              inferencer.taxonomy) if args.ann_file else {}
    text = inferencer.config.pretty_text
    key = dict(config=hashlib.sha256(text.encode()).hexdigest(), **options)
    if args.ann_file:
        key['ann_file'] = hashlib.sha256(repr(sorted(
            truth.items())).encode()).hexdigest()
    for name in ('checkpoint', 'pose'):
        path = getattr(args, name)
        if path and osp.exists(path):
            key[name] = identify(path)
        elif path and name == 'pose':
            key[name] = path
    files = dict(
        config=osp.basename(inferencer.config.filename),
        # What a result depends on; the rest names folders.
        config_sha256=hash_plain([
            inferencer.config.model,
            inferencer.config.test_dataloader.dataset.pipeline
        ]),
        **describe_file('checkpoint', args.checkpoint))
    wanted = [x for x in OUTPUTS if x in {'json', *args.outputs}]
    return batch(
        key, {x: OUTPUTS[x]
              for x in wanted},
        inferencer.infer,
        poses,
        truth,
        read=read_json,
        provenance=dict(describe_software(), files=files),
        overwrite=args.overwrite,
        debug=args.debug)


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.outputs import Batch, start_batch
    return start_batch(args, partial(make_batch, args, Batch))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
