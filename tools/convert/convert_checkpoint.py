# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Bring the authors' released checkpoints into this package's naming.

    python tools/convert/convert_checkpoint.py best_top1_acc_epoch_40.pth \\
        manet.pth --from official-manet
    python tools/test.py configs/manet_r50_ma52.py manet.pth

The embedding branch was trained towards the authors' GloVe label vectors; set
model.cls_head.label_vectors to them before you train on.
"""
import argparse

import torch

from mmaction_microaction.models.checkpoint_conversion import CONVERTERS
from mmaction_microaction.utils.checkpoint_io import load_from_local


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('src', help='checkpoint to read')
    parser.add_argument('dst', help='checkpoint to write')
    parser.add_argument(
        '--from',
        dest='source',
        required=True,
        choices=sorted(CONVERTERS),
        help='whose naming SRC has')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    checkpoint = load_from_local(args.src)
    state_dict = checkpoint.get('state_dict', checkpoint)
    converted, dropped = CONVERTERS[args.source](state_dict)
    torch.save(
        dict(meta=dict(converted_from=args.source), state_dict=converted),
        args.dst)
    numel = sum(v.numel() for v in converted.values())
    print(f'wrote {args.dst}: {len(converted)} tensors, {numel / 1e6:.2f} M '
          f'values; dropped {len(dropped)} that the network never uses')


if __name__ == '__main__':
    main()
