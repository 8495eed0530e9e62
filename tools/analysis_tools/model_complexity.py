# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Count the parameters and operations of the methods, for one view of a clip.

    python tools/analysis_tools/model_complexity.py configs/*_ma52.py \\
        configs/mmnet_*.py

GFLOPs are counted by mmengine as multiply-adds of convolutions, linear layers,
matrix products and norms, on the input that the config's test pipeline makes
(one clip, one crop).
"""
import argparse
import logging
import os.path as osp
from typing import Tuple

import torch
from mmaction.registry import MODELS
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.progress import track

import mmaction_microaction  # noqa: F401  installs the shims


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('configs', nargs='+', help='configs of recognisers')
    return parser.parse_args()


def input_shape(cfg: Config) -> Tuple[int, ...]:
    """Shape of one view, as the validation pipeline leaves it.

    Args:
        cfg (Config): Of a recogniser.

    Returns:
        tuple[int, ...]: (T, 3, H, W) for 2-D networks, (1, 3, T, H, W) else.
    """
    pipeline = cfg.val_dataloader.dataset.pipeline
    steps = {step['type']: step for step in pipeline}
    sampling = next((v for k, v in steps.items() if 'SampleFrames' in k), None)
    if sampling is None:  # frames of micro-expressions
        pair = 'LoadOnsetApex' in steps
        frames = 2 if pair else steps['LoadExpressionClip']['num_frames']
        sampling = dict(num_clips=frames)
    if 'CenterCrop' in steps:
        size = (steps['CenterCrop']['crop_size'], ) * 2
    else:
        size = tuple(steps['Resize']['scale'])[::-1]
    if steps['FormatShape']['input_format'] == 'NCHW':
        return (sampling['num_clips'], 3, *size)
    return (1, 3, sampling['clip_len'], *size)


def measure(path: str) -> Tuple[float, float, str]:
    """Count one model.

    Args:
        path (str): Its config.

    Returns:
        tuple: Millions of parameters, GFLOPs of one view, and its input
        shape as text.
    """
    cfg = Config.fromfile(path)
    init_default_scope('mmaction')
    if cfg.model.backbone.get('pretrained'):
        cfg.model.backbone.pretrained = None
    model = MODELS.build(cfg.model).eval()
    model.forward = lambda x: model.extract_feat(x, stage='head')[0]
    shape = input_shape(cfg)
    logging.disable(logging.WARNING)
    info = get_model_complexity_info(
        model,
        inputs=(torch.zeros(1, *shape), ),
        show_table=False,
        show_arch=False)
    logging.disable(logging.NOTSET)
    params = sum(p.numel() for p in model.parameters()) / 1e6
    text = ' x '.join(str(n) for n in shape if n != 1)
    return params, info['flops'] / 1e9, text


def main() -> None:
    rows = [(osp.basename(path), *measure(path))
            for path in track(parse_args().configs, 'Counting')]
    print('| config | parameters, M | GFLOPs | input |\n|---|---|---|---|')
    for name, params, gflops, shape in rows:
        print(f'| {name} | {params:.2f} | {gflops:.2f} | {shape} |')


if __name__ == '__main__':
    main()
