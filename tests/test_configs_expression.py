# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The configs of micro-expressions; their conventions: test_configs.py."""
import shutil
from pathlib import Path

import openpyxl
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from mmengine.runner import Runner

from mmaction_microaction.synthetic import generate_casme2

REPO = Path(__file__).resolve().parents[1]
CONFIGS = ('mmnet_casme2_3cls', 'mmnet_casme2_5cls', 'mmnet_megc2019',
           'manet_r50_casme2_5cls')
SPLITS = ('train', 'val', 'test')


def read(name):
    return Config.fromfile(str(REPO / 'configs' / f'{name}.py'))


@pytest.mark.parametrize('name, batch_size, epochs, decay, degrees, pad', [
    ('mmnet_casme2_3cls', 24, 100, 0.7, 4, 4),
    ('mmnet_casme2_5cls', 32, 75, 0.6, 3, 15),
    ('mmnet_megc2019', 24, 100, 0.7, 4, 4),
])
def test_mmnet_recipe_is_the_papers(name, batch_size, epochs, decay, degrees,
                                    pad):
    cfg = read(name)
    assert cfg.train_dataloader.batch_size == batch_size
    assert cfg.train_cfg.max_epochs == epochs
    assert cfg.optim_wrapper.optimizer == dict(
        type='AdamW', lr=8e-4, betas=(0.9, 0.999), weight_decay=decay)
    steps = {s.type: s for s in cfg.train_dataloader.dataset.pipeline}
    assert steps['LoadOnsetApex'].jitter
    assert steps['Flip'].flip_ratio == 0.5
    assert steps['RotateFrames'].degrees == degrees
    assert steps['PadFrames'].pixels == pad
    size = cfg.model.backbone.img_size
    assert steps['RandomCrop'].size == size == 224
    for split in ('val', 'test'):
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
        assert pipeline[0] == dict(type='LoadOnsetApex')
        assert pipeline[1].scale == (size, size)
    # The places of the last stage, flattened.
    assert cfg.model.cls_head.in_channels == 512 * (size // 16)**2


@pytest.mark.parametrize('name', CONFIGS[:3])
def test_the_rate_falls_for_fifty_epochs(name):
    cfg = read(name)
    wrapper = build_optim_wrapper(torch.nn.Linear(1, 1), cfg.optim_wrapper)
    scheduler, = (
        PARAM_SCHEDULERS.build(
            dict(s), default_args=dict(optimizer=wrapper.optimizer))
        for s in cfg.param_scheduler)
    for epoch in range(cfg.train_cfg.max_epochs):
        rate = wrapper.optimizer.param_groups[0]['lr']
        assert rate == pytest.approx(8e-4 * 0.987**min(epoch, 50)), epoch
        wrapper.optimizer.step()
        scheduler.step()


@pytest.mark.parametrize('name', CONFIGS)
def test_splits_agree_and_no_epoch_is_chosen_on_the_test_subject(name):
    cfg = read(name)
    assert cfg.default_hooks.checkpoint.save_best is None
    assert cfg.train_cfg.val_interval == cfg.train_cfg.max_epochs
    datasets = [cfg[f'{split}_dataloader'].dataset for split in SPLITS]
    assert len({dataset.test_subject for dataset in datasets}) == 1
    for dataset in datasets:
        assert dataset.scheme == cfg.model.cls_head.num_classes
        assert dataset.kind == ('megc2019' if 'megc' in name else 'casme2')


@pytest.fixture(scope='module')
def composite_root(tmp_path_factory):
    """The MEGC 2019 composite as its three data sets are unpacked: a drawn
    CASME II, and its pictures in the folders of SAMM and SMIC-HS."""
    root = tmp_path_factory.mktemp('sample') / 'megc2019'
    casme2 = generate_casme2(
        root / 'casme2', 2, 1, size=48, num_frames=(8, 10))
    book = openpyxl.load_workbook(casme2 / 'CASME2-coding-20190701.xlsx')
    kinds = dict(disgust='negative', happiness='positive', surprise='surprise')
    lines, samm = [], openpyxl.Workbook()
    samm.active.append(('Subject', 'Filename', 'Onset Frame', 'Apex Frame',
                        'Offset Frame', 'Estimated Emotion'))
    for subject, name, _, onset, apex, offset, _, _, emotion in list(
            book.active.values)[1:]:
        if emotion not in kinds:
            continue
        kind, number = kinds[emotion], list(kinds).index(emotion)
        lines.append(f'casme2,sub{subject:02d},{name},{number}')
        frames = casme2 / 'Cropped-updated/Cropped' / f'sub{subject:02d}'
        person = f'{subject + 5:03d}'
        clip = f'{person}_{number}_1'
        samm.active.append((person, clip, onset, apex, offset, emotion))
        lines.append(f'samm,{person},{clip},{number}')
        smic = f's{subject}_{kind[:2]}_01'
        lines.append(f'smic,s{subject},{smic},{number}')
        for i in range(onset, offset + 1):
            picture = frames / name / f'reg_img{i}.jpg'
            for copy in (f'samm/{person}/{clip}/{person}_{i:05d}.jpg',
                         f'smic/HS/s{subject:02d}/micro/{kind}/{smic}/'
                         f'reg_image{i:06d}.jpg'):
                (root / copy).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(picture, root / copy)
    samm.save(root / 'samm' / 'SAMM_Micro_FACS_Codes_v2.xlsx')
    (root / 'combined_3class_gt.csv').write_text('\n'.join(lines))
    return str(root)


@pytest.mark.parametrize('name', CONFIGS)
def test_trains_and_tests(name, shrink, casme2_root, composite_root):
    cfg = read(name)
    size = 64
    if name.startswith('mmnet'):
        cfg.model.backbone.update(
            img_size=size, stem_channels=16, channels=(16, 16, 32, 32))
        cfg.model.cls_head.in_channels = 32 * 4 * 4
    else:
        cfg.model.backbone.update(depth=18, base_channels=16)
        cfg.model.cls_head.in_channels = 128
    root = composite_root if 'megc' in name else casme2_root
    shrink(cfg, clips=None, size=size, root=root)
    for step in cfg.train_dataloader.dataset.pipeline:
        if step.type == 'RandomCrop':
            step.size = size
    cfg.train_cfg.val_interval = 1
    runner = Runner.from_cfg(cfg)
    if 'megc' in name:
        dataset = runner.train_dataloader.dataset
        assert dataset.subjects == [
            'casme2/sub01', 'casme2/sub02', 'samm/006', 'samm/007', 'smic/s01',
            'smic/s02'
        ]
        assert len(dataset) == 15 and not dataset.dropped + dataset.notes
    before = [p.detach().clone() for p in runner.model.parameters()]
    runner.train()
    after = list(runner.model.parameters())
    assert sum(not a.equal(b)
               for a, b in zip(after, before)) > 0.9 * len(after)
    metrics = runner.test()
    assert 0 <= metrics['mer/uf1'] <= 1 and 0 <= metrics['mer/uar'] <= 1


def test_manet_with_label_vectors(tmp_path):
    """The command in the config's header."""
    cfg = read('manet_r50_casme2_5cls')
    names = ['happiness', 'disgust', 'repression', 'surprise', 'others']
    words = tmp_path / 'glove.txt'
    words.write_text('\n'.join(f'{word} {i} 1 2'
                               for i, word in enumerate(names)))
    cfg.merge_from_dict({
        'model.cls_head.type': 'JointEmbeddingHead',
        'model.cls_head.label_vectors': str(words),
        'model.cls_head.label_names': names
    })
    head = MODELS.build(cfg.model.cls_head)
    assert head.label_vectors.tolist() == [[i, 1, 2] for i in range(5)]
