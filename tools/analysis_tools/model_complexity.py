# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Count parameters and operations of models, for one view of a clip.

GFLOPs are counted by mmengine as multiply-adds of convolutions, linear layers,
matrix products and norms, on the input that the config's test pipeline makes
(one clip, one crop).

example:
  python tools/analysis_tools/model_complexity.py configs/*_ma52.py \\
      configs/mmnet_*.py
"""
import argparse
import logging
import os.path as osp
import sys
from typing import Optional, Sequence, Tuple

from mmaction_microaction_cli.tool import add_debug, make_parser, run


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('configs', nargs='+', help='configs of recognisers')
    add_debug(parser)
    return parser


def input_shape(cfg) -> Tuple[int, ...]:
    """Shape of one view after the validation pipeline: (T, 3, H, W) for 2-D
    networks, (1, persons, T, points, 3) for graphs, else (1, channels, T, H,
    W)."""
    pipeline = cfg.val_dataloader.dataset.pipeline
    steps = {step['type']: step for step in pipeline}
    sampling = next((v for k, v in steps.items() if 'SampleFrames' in k), None)
    if sampling is None:  # frames of micro-expressions
        pair = 'LoadOnsetApex' in steps
        frames = 2 if pair else steps['LoadExpressionClip']['num_frames']
        sampling = dict(num_clips=frames)
    if 'FormatGCNInput' in steps:
        points = cfg.model.backbone.graph_cfg.layout.num_node
        return (1, steps['FormatGCNInput']['num_person'], sampling['clip_len'],
                points, 3)
    if 'CenterCrop' in steps:
        size = (steps['CenterCrop']['crop_size'], ) * 2
    else:
        size = tuple(steps['Resize']['scale'])[::-1]
    if steps['FormatShape']['input_format'] == 'NCHW':
        return (sampling['num_clips'], 3, *size)
    channels, frames = cfg.model.backbone.get('in_channels', 3), \
        sampling['clip_len']
    return (1, channels, frames['RGB'] if isinstance(frames, dict) else frames,
            *size)


def heatmap_shape(cfg, pictures: Sequence[int]) -> Tuple[int, ...]:
    """Shape of the heat maps that accompany the pictures."""
    steps = {x['type']: x for x in cfg.val_dataloader.dataset.pipeline}
    scaling = steps['GeneratePoseTarget']['scaling']
    return (1, cfg.model.backbone.pose_pathway.in_channels,
            steps['MMUniformSampleFrames']['clip_len']['Pose'],
            *(int(n * scaling + 0.5) for n in pictures[-2:]))


def measure(path: str) -> Tuple[float, float, str]:
    """Millions of parameters of a config's model, GFLOPs of one view, and its
    input shape as text."""
    import torch
    from mmengine.analysis import get_model_complexity_info

    from mmaction_microaction.utils.tool_parts import build_model, load_config
    cfg = load_config(path)
    if cfg.model.backbone.get('pretrained'):
        cfg.model.backbone.pretrained = None
    model = build_model(cfg).eval()
    shape = input_shape(cfg)
    shapes = dict(imgs=shape)
    if 'pose_pathway' in cfg.model.backbone:
        shapes['heatmap_imgs'] = heatmap_shape(cfg, shape)

    def forward(*inputs):
        x = dict(zip(shapes, inputs)) if len(inputs) > 1 else inputs[0]
        return model.extract_feat(x, stage='head')[0]

    model.forward = forward
    logging.disable(logging.WARNING)
    info = get_model_complexity_info(
        model,
        inputs=tuple(torch.zeros(1, *x) for x in shapes.values()),
        show_table=False,
        show_arch=False)
    logging.disable(logging.NOTSET)
    params = sum(p.numel() for p in model.parameters()) / 1e6
    text = ' + '.join(' x '.join(str(n) for n in x if n != 1)
                      for x in shapes.values())
    return params, info['flops'] / 1e9, text


def work(args: argparse.Namespace) -> None:
    from rich.progress import track
    rows = [(osp.basename(path), *measure(path))
            for path in track(args.configs, 'Counting')]
    print('| config | parameters, M | GFLOPs | input |\n|---|---|---|---|')
    for name, params, gflops, shape in rows:
        print(f'| {name} | {params:.2f} | {gflops:.2f} | {shape} |')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
