# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Our parts with MMAction2's, as in docs/mixing.md."""
import re

import pytest
from mmengine.config import Config
from mmengine.runner import Runner


def run(cfg, metric):
    cfg.default_hooks.checkpoint = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert metric in runner.test()


def write(block, repo, tmp_path):
    block = block.replace("'_base_/", f"'{repo}/configs/_base_/")
    block = block.replace("'./manet", f"'{repo}/configs/manet")
    path = tmp_path / 'mixed.py'
    path.write_text(block)
    return Config.fromfile(str(path))


@pytest.fixture
def examples(repo):
    """The python blocks of docs/mixing.md, by title."""
    text = (repo / 'docs' / 'mixing.md').read_text()
    blocks = re.findall(r'```python\n(.*?)```', text, re.S)
    assert len(blocks) == 4
    return {block.splitlines()[0].lstrip('# '): block for block in blocks}


def host_data(cfg, sample_root, tmp_path):
    """Point the host's VideoDataset at generated clips, as K400 would be."""
    lines = open(f'{sample_root}/train_list_videos.txt').read().split()
    ann = tmp_path / 'list.txt'
    ann.write_text('\n'.join(f'{name} {int(label) % 5}'
                             for name, label in zip(lines[::2], lines[1::2])))
    for split in ('train', 'val', 'test'):
        cfg[f'{split}_dataloader'].dataset.update(
            ann_file=str(ann),
            data_prefix=dict(video=f'{sample_root}/videos_train'))
        cfg[f'{split}_dataloader'].dataset.pop('data_root')


def test_our_backbone_under_a_host_head_on_host_data(examples, repo, shrink,
                                                     sample_root, tmp_path):
    block = next(v for k, v in examples.items()
                 if k.startswith('SEResNetTSM with'))
    cfg = shrink(write(block, repo, tmp_path), size=64)
    assert cfg.model.cls_head.type == 'TSMHead'
    assert cfg.train_dataloader.dataset.type == 'VideoDataset'
    host_data(cfg, sample_root, tmp_path)
    cfg.model.backbone.depth = 18
    cfg.model.cls_head.in_channels = 512
    run(cfg, 'acc/top1')


@pytest.mark.parametrize('title, backbone',
                         [('MA-52 with', 'C2D'),
                          ('JointEmbedding', 'ResNet3dSlowFast')])
def test_our_data_and_head_with_host_backbones(title, backbone, examples, repo,
                                               shrink, tmp_path):
    block = next(v for k, v in examples.items() if k.startswith(title))
    cfg = shrink(write(block, repo, tmp_path), size=64)
    assert cfg.model.backbone.type == backbone
    run(cfg, 'ma52/f1_mean')


def test_other_crops(examples, repo, tmp_path):
    block = next(v for k, v in examples.items() if k.startswith('Other crops'))
    before = Config.fromfile(str(repo / 'configs' / 'manet_r50_ma52.py'))
    cfg = write(block, repo, tmp_path)
    crop = dict(type='RandomResizedCrop', area_range=(0.5, 1.0))
    steps = before.train_dataloader.dataset.pipeline
    assert cfg.train_dataloader.dataset.pipeline == [
        crop if step.type == 'MultiScaleCrop' else step for step in steps
    ]
    assert cfg.val_dataloader == before.val_dataloader
