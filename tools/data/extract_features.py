# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Store the features of a detector's backbone, to train the rest alone.

    python tools/data/extract_features.py configs/manet_r50_mma52_detection.py \\
        CHECKPOINT --out data/mma52_features

CHECKPOINT may be of the detector or of a recogniser with the same backbone.
Every clip becomes a file of shape (channels, steps), float32, by the test
pipeline; index.json says which and holds the rate of the steps. Read them with
configs/manet_r50_mma52_features.py.
"""
import argparse
import json
import os
import os.path as osp
from typing import Dict

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader
from rich.progress import track

import mmaction_microaction  # noqa: F401  installs the shims
from mmaction_microaction.datasets.transforms.load_clip_features import \
    INDEX_FILE
from mmaction_microaction.models import TemporalDetector
from mmaction_microaction.utils.errors import UserError

SPLITS = ('train', 'val', 'test')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config of a detector')
    parser.add_argument('checkpoint', help='weights of its backbone')
    parser.add_argument('--out', required=True, help='folder to write into')
    parser.add_argument(
        '--splits',
        nargs='+',
        choices=SPLITS,
        default=['train', 'val'],
        help='splits of the data set (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='override settings, key=value')
    return parser.parse_args()


def load_backbone(cfg: Config, checkpoint: str) -> TemporalDetector:
    """Build the detector and load its backbone's weights.

    Args:
        cfg (Config): Of the detector.
        checkpoint (str): A file or an address.

    Returns:
        TemporalDetector: On the GPU if there is one, in evaluation mode.

    Raises:
        ValueError: If the config has no backbone, or the checkpoint not all
            of its weights.
    """
    if cfg.model.get('backbone') is None:
        raise UserError(f'{cfg.filename} has no model.backbone to take '
                        'features from')
    cfg.model.backbone.pretrained = None
    model = MODELS.build(cfg.model).eval()
    given = CheckpointLoader.load_checkpoint(checkpoint, 'cpu')
    given = given.get('state_dict', given)
    wanted = model.backbone.state_dict()
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


@torch.no_grad()
def extract(model: TemporalDetector, loader: dict, out: str,
            index: Dict[str, dict]) -> None:
    """Write the features of all clips of a split.

    Args:
        model (TemporalDetector): With its backbone's weights.
        loader (dict): Config of the split's data loader.
        out (str): Folder to write into.
        index (dict): Clip name to entry; gets the clips of this split.

    Raises:
        ValueError: If two clips have the same name.
    """
    for batch in track(Runner.build_dataloader(loader), 'Extracting'):
        batch = model.data_preprocessor(batch, False)
        feats = model.run_backbone(batch['inputs'], batch['masks'])
        for x, mask, sample in zip(feats, batch['masks'],
                                   batch['data_samples']):
            if sample.clip_name in index:
                raise UserError(f'there are two clips {sample.clip_name!r}')
            # Names may differ in case only, or not be fit for a file.
            name = f'{len(index):06d}.npy'
            np.save(osp.join(out, name), x[:, mask].float().cpu().numpy())
            index[sample.clip_name] = dict(
                file=name,
                grid_fps=sample.grid_fps,
                duration=sample.duration,
                total_frames=sample.total_frames)


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope('mmaction')
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


if __name__ == '__main__':
    main()
