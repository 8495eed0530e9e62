# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Merge an RGB and a pose network, to fine-tune both streams.

example:
  python tools/train.py configs/rgbpose_rgb_ma52.py
  python tools/train.py configs/rgbpose_pose_ma52.py
  python tools/convert/merge_rgbpose.py \\
      work_dirs/rgbpose_rgb_ma52/epoch_60.pth \\
      work_dirs/rgbpose_pose_ma52/epoch_180.pth rgbpose.pth \\
      --config configs/pcan_rgbpose_ma52.py
  python tools/train.py configs/pcan_rgbpose_ma52.py \\
      --cfg-options load_from=rgbpose.pth

The channels that a convolution reads from the other stream get zero weights,
so that each stream starts as its own network. Weights that neither network has
(lateral connections, prototypes) are not in the file: the training initialises
them by its seed and warns that they are missing.
"""
import argparse
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('rgb',
        help='checkpoint of the RGB network, e.g. of '
        'rgbpose_rgb_ma52.py')
    add('pose',
        help='checkpoint of the pose network, e.g. of '
        'rgbpose_pose_ma52.py')
    add('out', help='output checkpoint, for load_from')
    add('--config',
        required=True,
        help='config of the merged model, e.g. configs/pcan_rgbpose_ma52.py')
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> None:
    import torch

    from mmaction_microaction.models.rgbpose_merging import merge_rgbpose
    from mmaction_microaction.utils.checkpoints import load_from_local
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.state_dicts import check_finite
    from mmaction_microaction.utils.tool_parts import build_model, load_config
    wanted = build_model(load_config(args.config)).state_dict()
    streams = {}
    for name in ('rgb', 'pose'):
        if not any(key.startswith(f'backbone.{name}_path.') for key in wanted):
            raise UserError(f'the model of {args.config} has no '
                            f'backbone.{name}_path; expected a config with '
                            'RGBPoseConv3D, e.g. pcan_rgbpose_ma52.py')
        checkpoint = load_from_local(getattr(args, name))
        streams[name] = checkpoint.get('state_dict', checkpoint)
        check_finite(streams[name], f'checkpoint {getattr(args, name)}')
    weights, gained, left = merge_rgbpose(streams, wanted)
    with new_file(args.out) as (path, placed):
        torch.save(dict(meta={}, state_dict=weights), path)
    args.out, = placed.values()
    print(f'wrote {args.out}: {len(weights)} of {len(wanted)} tensors')
    for name, given in streams.items():
        print(f'  copied {len(given)} of {getattr(args, name)}')
    for key, count in gained.items():
        print(f'  zeros for {count} new input channels of {key}')
    print(f'  left to the initialisation: {", ".join(left)}')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
