# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Convert the authors' released checkpoints to this package.

example:
  python tools/convert/convert_checkpoint.py best_top1_acc_epoch_40.pth \\
      manet.pth --from official-manet
  python tools/test.py configs/manet_r50_ma52.py manet.pth

  python tools/convert/convert_checkpoint.py PCAN_checkpoint_7c4fba7c.pth \\
      pcan.pth --from official-pcan
  python tools/test.py configs/pcan_rgbpose_ma52.py pcan.pth --cfg-options \\
      model.backbone.interaction=True model.cls_head.compatible=True

The embedding branch of MANet was trained towards the authors' GloVe label
vectors; set model.cls_head.label_vectors to them before fine-tuning.
"""
import argparse
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run

SOURCES = ('official-manet', 'official-pcan')
NOTES = {
    'official-pcan':
    'the release has no body prototypes: they start afresh (only training '
    'uses them); set model.backbone.interaction=True and '
    'model.cls_head.compatible=True'
}


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('src', help='input checkpoint')
    add('dst', help='output checkpoint')
    add('--from',
        dest='source',
        required=True,
        choices=SOURCES,
        help='naming convention of SRC')
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> None:
    import torch

    from mmaction_microaction.models.checkpoint_conversion import CONVERTERS
    from mmaction_microaction.utils.checkpoints import load_from_local
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.state_dicts import check_finite
    checkpoint = load_from_local(args.src)
    state_dict = checkpoint.get('state_dict', checkpoint)
    converted, dropped = CONVERTERS[args.source](state_dict)
    check_finite(converted, f'checkpoint {args.src}')
    content = dict(meta=dict(converted_from=args.source), state_dict=converted)
    with new_file(args.dst) as (path, placed):
        torch.save(content, path)
    args.dst, = placed.values()
    numel = sum(v.numel() for v in converted.values())
    print(f'wrote {args.dst}: {len(converted)} tensors, {numel / 1e6:.2f} M '
          f'values; dropped {len(dropped)} that the network never uses')
    if args.source in NOTES:
        print(NOTES[args.source])


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
