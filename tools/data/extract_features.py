# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Store the backbone features of a detector, to train neck and head on them.

CHECKPOINT may be of the detector or of a recogniser with the same backbone.
Every clip becomes a file of shape (channels, steps), float32, by the test
pipeline; index.json lists the files and the rate of the steps. Train with
configs/manet_r50_mma52_features.py.

example:
  python tools/data/extract_features.py \\
      configs/manet_r50_mma52_detection.py CHECKPOINT \\
      --out data/mma52_features
"""
import argparse
import json
import os
import os.path as osp
import sys
from typing import Dict, Optional, Sequence

from mmaction_microaction_cli.tool import (add_config_options, add_debug,
                                           make_parser, run)

SPLITS = ('train', 'val', 'test')


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('config', help='config of a detector')
    add('checkpoint', help='checkpoint with the weights of the backbone')
    add('--out', required=True, help='output folder')
    add('--splits',
        nargs='+',
        choices=SPLITS,
        default=['train', 'val'],
        help='splits of the data set (default: %(default)s)')
    add_config_options(parser)
    add_debug(parser)
    return parser


def load_backbone(cfg, checkpoint: str):
    """The detector with its backbone's weights, on the GPU if there is one, in
    evaluation mode; UserError without a backbone, or if the checkpoint lacks a
    weight of it."""
    import torch
    from mmaction.registry import MODELS
    from mmengine.runner.checkpoint import CheckpointLoader

    from mmaction_microaction.engine.hooks import own_weights
    from mmaction_microaction.utils.errors import UserError
    if cfg.model.get('backbone') is None:
        raise UserError(f'{cfg.filename} has no model.backbone that '
                        'extracts features')
    cfg.model.backbone.pretrained = None
    model = MODELS.build(cfg.model).eval()
    wanted = model.backbone.state_dict()
    given = own_weights({
        f'backbone.{k}': v
        for k, v in wanted.items()
    }, CheckpointLoader.load_checkpoint(checkpoint, 'cpu'),
                        f'checkpoint {checkpoint}')
    found = {
        key: given[f'backbone.{key}']
        for key, value in wanted.items()
        if getattr(given.get(f'backbone.{key}'), 'shape', None) == value.shape
    }
    if len(found) < len(wanted):
        missing = sorted(wanted.keys() - found.keys())
        raise UserError(
            f'{checkpoint} has {len(found)} of the {len(wanted)} weights of '
            f'{cfg.model.backbone.type}; missing or of another shape: '
            f'{", ".join(missing[:3])}')
    model.backbone.load_state_dict(found)
    return model.to('cuda' if torch.cuda.is_available() else 'cpu')


def extract(model, loader: dict, out: str, index: Dict[str, dict]) -> None:
    """Write the features of all clips of a split and add them to the index,
    clip name -> entry."""
    import numpy as np
    import torch
    from mmengine.runner import Runner
    from rich.progress import track

    from mmaction_microaction.utils.errors import UserError
    for batch in track(Runner.build_dataloader(loader), 'Extracting'):
        batch = model.data_preprocessor(batch, False)
        with torch.no_grad():
            feats = model.run_backbone(batch['inputs'], batch['masks'])
        for x, mask, sample in zip(feats, batch['masks'],
                                   batch['data_samples']):
            if sample.clip_name in index:
                raise UserError(f'duplicate clip {sample.clip_name!r}')
            # Names may differ only in case, or be invalid as file names.
            name = f'{len(index):06d}.npy'
            np.save(osp.join(out, name), x[:, mask].float().cpu().numpy())
            index[sample.clip_name] = dict(
                file=name,
                grid_fps=sample.grid_fps,
                duration=sample.duration,
                total_frames=sample.total_frames)


def work(args: argparse.Namespace) -> None:
    from mmaction_microaction.datasets.transforms.load_clip_features import \
        INDEX_FILE
    from mmaction_microaction.utils.tool_parts import load_config
    cfg = load_config(args.config, args.cfg_options)
    model = load_backbone(cfg, args.checkpoint)
    os.makedirs(args.out, exist_ok=True)
    index: Dict[str, dict] = {}
    for split in args.splits:
        loader = cfg.test_dataloader.to_dict()
        loader['persistent_workers'] = False  # one pass
        loader['dataset']['split'] = split
        extract(model, loader, args.out, index)
    with open(osp.join(args.out, INDEX_FILE), 'w', encoding='utf-8') as f:
        json.dump(index, f, indent=1)


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
