# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Export a recogniser to a single file that runs without this package.

The graph takes raw pixels as packed by the config's test pipeline, any number
of clips at a time, and returns their probabilities; it includes normalisation,
clip mean and the average over views. The suffix of OUT selects the format:
.onnx (ONNX), .pt (TorchScript) or .pt2 (torch.export). The file contains the
class names, the input's shape and the pipeline as JSON. It is compared with
the checkpoint, on generated clips and on random pixels, and written only if
they agree.
"""
import argparse
import os.path as osp
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import (add_config_options, add_debug,
                                           make_parser, run)

EXAMPLES = """examples:
  python tools/deployment/export.py configs/manet_r50_ma52.py epoch_80.pth \\
      manet.onnx
  python tools/deployment/export.py configs/tsm_r50_ma52.py epoch_80.pth \\
      tsm.pt2 --verify 8 --videos clip1.mp4 clip2.mp4
  python tools/deployment/export.py configs/manet_r50_ma52.py epoch_80.pth \\
      manet.onnx --benchmark 1 8

tools/infer.py takes the .onnx file in place of the checkpoint. How to run the
file elsewhere: docs/deployment.md. The exit code is 2 after an error."""


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('config', help='config of a recogniser')
    add('checkpoint', help='checkpoint of the model')
    add('out', help='output file: .onnx, .pt or .pt2')
    add('--opset',
        type=int,
        metavar='N',
        help="ONNX operator set version (default: PyTorch's choice)")
    add('--input-dtype',
        choices=('uint8', 'float32'),
        help='type of the pixels, 0 to 255 (default: that of the pipeline)')
    add('--verify',
        type=int,
        default=3,
        metavar='N',
        help='compare batches of 1 to N clips with the checkpoint; 0: skip '
        '(default: %(default)s)')
    add('--videos',
        nargs='+',
        default=[],
        metavar='VIDEO',
        help='clips for the comparison (default: generated clips)')
    add('--benchmark',
        nargs='+',
        type=int,
        default=[],
        metavar='N',
        help='compare the speed of the .onnx file and PyTorch on one '
        'thread, for these batch sizes; needs a checkout')
    add('--rounds',
        type=int,
        default=9,
        metavar='N',
        help='rounds of the benchmark (default: %(default)s)')
    add_config_options(parser)
    add_debug(parser)
    return parser


def work(args: argparse.Namespace) -> None:
    """Export, and time if asked to."""
    from mmaction_microaction.deployment import export_model
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.tool_parts import (load_config,
                                                       plain_console)
    if args.benchmark and not args.out.lower().endswith('.onnx'):
        raise UserError('--benchmark times .onnx files, but OUT is '
                        f'{args.out}')
    if args.benchmark:  # of the checkout, not in the wheel
        sys.path.append(osp.join(osp.dirname(__file__), '..', '..'))
        from benchmarks.exported import benchmark
    cfg, console = load_config(args.config, args.cfg_options), plain_console()
    with console.status('starting') as status:
        exported = export_model(
            cfg,
            args.checkpoint,
            args.out,
            opset=args.opset,
            dtype=args.input_dtype,
            batches=args.verify,
            videos=args.videos,
            progress=status.update)
    shape = ' x '.join(map(str, ['N', *exported.facts['input']['shape'][1:]]))
    size = osp.getsize(exported.path) / 2**20
    console.print(f'wrote {exported.path}: {exported.format}, {size:.1f} MiB, '
                  f'{exported.facts["input"]["dtype"]} {shape}')
    for check in exported.checks:
        console.print(f'  {check.inputs}, batch {check.batch}: largest '
                      f'difference {check.error:.1e}')
    for batch in args.benchmark:
        with console.status('starting') as status:
            report = benchmark(cfg, args.checkpoint, exported.path, batch,
                               args.rounds, status.update)
        console.print(report.markdown())


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
