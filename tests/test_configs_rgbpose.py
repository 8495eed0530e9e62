# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The configs of RGB + pose; their conventions: test_configs.py."""
from pathlib import Path

import mmaction
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

REPO = Path(__file__).resolve().parents[1]
HOST = Path(
    mmaction.__file__).parent / '.mim/configs/skeleton/posec3d/rgbpose_conv3d'
NAMES = dict(
    rgbpose_rgb_ma52='rgb_only',
    rgbpose_pose_ma52='pose_only',
    pcan_rgbpose_ma52='rgbpose_conv3d')
#: Keys of steps that are ours: which points, how large, where to.
OURS = ('left_kp', 'right_kp', 'meta_keys', 'short_side')


def read(name):
    return Config.fromfile(str(REPO / 'configs' / f'{name}.py'))


def plain(steps):
    """Steps without what is ours, and without the host's defaults."""
    defaults = dict(with_kp=True, with_limb=False, num_clips=1, sigma=0.6,
                    use_score=True)  # yapf: disable
    return [{
        key: 'MMDecode' if value == 'DecodeClipAndPose' else value
        for key, value in step.items()
        if key not in OURS and defaults.get(key) != value
    } for step in steps]


@pytest.mark.parametrize('name', NAMES)
def test_network_and_pipelines_are_the_hosts(name):
    ours, host = read(name), Config.fromfile(str(HOST / f'{NAMES[name]}.py'))
    for split in ('train', 'val', 'test'):
        a = ours[f'{split}_dataloader'].dataset.pipeline
        b = host[f'{split}_dataloader'].dataset
        b = b.get('dataset', b).pipeline
        if name == 'rgbpose_rgb_ma52' and split != 'train':
            b[3].scale = (256, 256)  # as RGB + pose tests
        assert plain(a) == plain(b), split
    backbone, theirs = ours.model.backbone, dict(host.model.backbone)
    if name == 'rgbpose_rgb_ma52':
        theirs.update(lateral=False, pretrained=None, conv1_stride_t=1)
        theirs.update(pool1_stride_t=1, norm_eval=False)
    elif name == 'rgbpose_pose_ma52':
        theirs.update(depth=50, in_channels=28, pretrained=None)
    else:
        theirs.update(type='InteractingRGBPoseConv3D', interaction=False)
        theirs['pose_pathway'].in_channels = 28
        theirs['rgb_pathway'].lateral_activate = (0, 0, 1, 1)
    assert backbone == theirs


def test_recipes():
    """PCAN's as released; a clip's rate in the pre-trainings as NTU's."""
    pcan = read('pcan_rgbpose_ma52')
    schedule, = pcan.param_scheduler
    assert pcan.optim_wrapper.optimizer == dict(
        type='SGD', lr=0.0075, momentum=0.9, weight_decay=1e-4)
    assert (pcan.optim_wrapper.clip_grad.max_norm, pcan.train_cfg.max_epochs,
            pcan.train_cfg.val_begin, schedule.milestones, schedule.gamma,
            pcan.train_dataloader.batch_size) == (40, 30, 3, [10, 20], .1, 10)
    assert pcan.test_evaluator.body == 'head'
    for name, rate, decay in (('rgbpose_rgb_ma52', 0.15 / 96, 1e-4),
                              ('rgbpose_pose_ma52', 0.2 / 128, 3e-4)):
        cfg = read(name)
        size = cfg.train_dataloader.batch_size
        optimizer = cfg.optim_wrapper.optimizer
        assert optimizer.lr == pytest.approx(rate * size)
        assert optimizer.weight_decay == decay
        assert cfg.param_scheduler[0].T_max == cfg.train_cfg.max_epochs
    manet, plain_manet = read('manet_pcan_r50_ma52'), read('manet_r50_ma52')
    for key in ('optim_wrapper', 'param_scheduler', 'train_dataloader'):
        assert manet[key] == plain_manet[key]


@pytest.mark.slow
@pytest.mark.parametrize('name', [*NAMES, 'manet_pcan_r50_ma52'])
def test_train_and_test_step_at_full_size(name, shrink):
    cfg = shrink(read(name), clips=2)
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = None
    if 'rgbpose' in name:
        cfg.test_dataloader.dataset.pipeline[0].num_clips = 2
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 1
    assert 0 <= runner.test()['ma52/action_top5'] <= 1
