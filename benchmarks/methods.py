# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The ten methods under one budget.

Shapes: H x W pixels.
"""
import copy
import os
from dataclasses import dataclass
from typing import List

from mmengine.config import Config, ConfigDict

from mmaction_microaction.utils.errors import UserError

#: Method -> its name on the page; the configs are ``<method>_ma52.py``.
METHODS = dict(
    tsn_r50='TSN',
    tin_r50='TIN',
    tsm_r50='TSM',
    manet_r50='MANet',
    c3d='C3D',
    i3d_r50='I3D',
    slowfast_r50='SlowFast',
    timesformer_divst='TimeSformer',
    swin_tiny='Video Swin-T',
    uniformer_small='UniFormer-S')

#: C3D's first linear layer fits this size alone, in pixels.
C3D_SIZE = 112


@dataclass(frozen=True)
class Budget:
    """What every method gets alike: ``size`` are H and W of the input (C3D is
    bound to 112), ``lr`` the peak rate of AdamW, ``seed`` is of the data."""
    epochs: int = 10
    clips_per_class: int = 16
    val_clips_per_class: int = 4
    size: int = 112
    batch_size: int = 8
    lr: float = 5e-4
    seed: int = 0
    amp: bool = False

    def __post_init__(self) -> None:
        if self.size % 16 or self.size < 32:
            raise UserError('size must be a multiple of 16 pixels, at least '
                            f'32, but got {self.size}')
        for name in ('epochs', 'clips_per_class', 'val_clips_per_class',
                     'batch_size', 'lr'):
            if getattr(self, name) <= 0:
                raise UserError(f'{name} must be positive, but got '
                                f'{getattr(self, name)}')

    @property
    def clip_size(self) -> tuple:
        """tuple[int, int]: Width and height of the sample clips: the short
        side is as much larger than the input as 256 than 224."""
        width = (round(self.size * 8 / 7) + 1) // 2 * 2
        return width, round(width * 0.6) * 2


def apply_budget(cfg: Config, budget: Budget, data_root: str,
                 seed: int) -> Config:
    """Let a config train from random weights within a budget.

    Optimizer, schedule, batch and input size are those of the budget; network,
    sampling of frames, augmentation and loss stay the method's own. Tests see
    one view. ``seed`` is of the weights and of the order of the clips.
    """
    cfg = copy.deepcopy(cfg)
    cfg.load_from, cfg.model.backbone.pretrained = None, None
    if cfg.model.backbone.type == 'TimeSformer':
        cfg.model.backbone.img_size = budget.size
    for split in ('train', 'val'):
        loader = cfg[f'{split}_dataloader']
        loader.update(
            batch_size=budget.batch_size,
            num_workers=min(8, max(2, (os.cpu_count() or 2) // 2)),
            persistent_workers=True)
        loader.dataset.data_root = data_root
        if cfg.model.backbone.type != 'C3D':
            _set_size(loader.dataset.pipeline, budget.size)
    cfg.test_dataloader = copy.deepcopy(cfg.val_dataloader)
    cfg.train_cfg = dict(
        type='EpochBasedTrainLoop',
        max_epochs=budget.epochs,
        val_interval=budget.epochs)
    warm_up = max(1, budget.epochs // 10)
    cfg.param_scheduler = [
        dict(
            type='LinearLR',
            start_factor=0.1,
            end=warm_up,
            convert_to_iter_based=True),
        dict(
            type='CosineAnnealingLR',
            begin=warm_up,
            end=max(budget.epochs, warm_up + 1),
            convert_to_iter_based=True)
    ]
    cfg.optim_wrapper = dict(
        type='OptimWrapper',
        optimizer=dict(type='AdamW', lr=budget.lr, weight_decay=0.05),
        clip_grad=dict(max_norm=20, norm_type=2))
    cfg.default_hooks.logger.interval = 5
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', interval=budget.epochs, save_optimizer=False)
    cfg.randomness = dict(seed=seed)
    return cfg


def _set_size(pipeline: List[ConfigDict], size: int) -> None:
    """Change the pixels that a pipeline makes; short side 8/7 of it."""
    for step in pipeline:
        if step.type in ('Resize', 'DecodeResized'):
            short = step.scale[0] == -1
            step.scale = (-1, round(size * 8 / 7)) if short else (size, size)
        elif step.type == 'MultiScaleCrop':
            step.input_size = size
        elif step.type == 'CenterCrop':
            step.crop_size = size
