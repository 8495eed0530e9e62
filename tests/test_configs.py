# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Every config is read, built and stepped at full size."""
import ast
import math
import re
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from benchmarks.methods import METHODS as TEN
from mmaction_microaction.inference.predictor import find_domain

REPO = Path(__file__).resolve().parents[1]
METHODS = [REPO / f'configs/{name}_ma52.py' for name in TEN]
DETECTORS = ('manet_r50_mma52_detection', 'dsta_vit_small_mma52',
             'dsta_vit_base_mma52', 'manet_r18_mma52sample',
             'framewise_r18_mma52sample', 'dsta_vit_mma52sample')
EXPERIMENTS = sorted(
    path for path in (REPO / 'configs').rglob('*.py')
    if '_base_' not in path.parts)


@pytest.mark.parametrize('path', EXPERIMENTS, ids=lambda p: p.stem)
def test_conventions(path):
    cfg = Config.fromfile(str(path))
    text = path.read_text()
    assert text.startswith('# ') and 'python tools/train.py configs/' in text
    assert f'configs/{path.name}' in text
    assert cfg.custom_imports['imports'] == ['mmaction_microaction']
    domain = find_domain(Config(), dict(cfg=cfg.pretty_text))  # as saved
    assert domain == cfg.get('domain', '')
    assert domain.startswith('drawn') == path.stem.endswith(('sample', 'demo'))
    # Rate and batch size fit each other, whatever the number of GPUs.
    batch_size = cfg.train_dataloader.batch_size
    assert cfg.auto_scale_lr.base_batch_size == batch_size
    assert cfg.auto_scale_lr.enable is False
    # The stock --amp accepts these two.
    kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
    assert kind in ('OptimWrapper', 'AmpOptimWrapper')
    for split in ('train', 'val', 'test'):
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
        assert 'clip_name' in pipeline[-1].meta_keys
        # What a config that inherits from it would take.
        assert cfg[f'{split}_pipeline'] == pipeline


def positions(text):
    """Lines that take or change an item of a list by its position."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Subscript) and not isinstance(
                getattr(node.slice, 'value', None), str) or isinstance(
                    node, ast.Attribute) and node.attr in ('insert', 'pop'):
            yield node.lineno


def test_nothing_is_edited_by_position():
    """Neither in a config nor in one that a page shows: an index says not
    what it means, and the next step in the base shifts it."""
    edits = 'x[1].update()', 'x[2:5] = y', 'x[-1]', 'x.insert(0, y)', "x['y']"
    assert [len(list(positions(edit))) for edit in edits] == [1, 1, 1, 1, 0]
    texts = {
        path: path.read_text()
        for path in (REPO / 'configs').rglob('*.py')
    }
    assert len(texts) > 70
    for page in (REPO / 'README.md', *(REPO / 'docs').rglob('*.md')):
        text = page.read_text()
        assert not re.search(r'pipeline\.-?\d', text), page  # --cfg-options
        for block in re.findall(r'```python\n(.*?)```', text, re.S):
            if '_base_ = ' in block:
                texts[page, block] = block
    assert len(texts) > 75
    assert [x for x, text in texts.items() if list(positions(text))] == []


def test_manet_recipe_is_the_papers():
    cfg = Config.fromfile(str(REPO / 'configs' / 'manet_r50_ma52.py'))
    optimizer, head = cfg.optim_wrapper, cfg.model.cls_head
    schedule, = cfg.param_scheduler
    assert optimizer.optimizer == dict(
        type='SGD', lr=0.00125, momentum=0.9, weight_decay=1e-4)
    assert (optimizer.constructor, optimizer.paramwise_cfg.fc_lr5,
            optimizer.clip_grad.max_norm) == ('TSMOptimWrapperConstructor',
                                              True, 20)
    assert (cfg.train_dataloader.batch_size, cfg.train_cfg.max_epochs,
            cfg.randomness.seed) == (10, 80, 0)
    assert (schedule.milestones, schedule.gamma) == ([30, 60], 0.1)
    assert (head.emb_loss_weight, head.dropout_ratio, head.init_std) == \
        (50, 0.5, 0.001)
    assert cfg.train_pipeline[3] == dict(
        type='MultiScaleCrop',
        input_size=224,
        scales=(1, 0.875, 0.75, 0.66),
        random_crop=False,
        num_fixed_crops=13,
        max_wh_scale_gap=1)


def shrink_detector(cfg):
    """32 steps of 32 x 32 pixels, a thin network."""
    model, width = cfg.model, 48
    model.data_preprocessor.max_frames = 32
    for split in ('train', 'val', 'test'):
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
        pipeline[1].update(max_frames=32)
        pipeline[2:-2] = [
            dict(type='DecodeResized', scale=(32, 32), keep_ratio=False)
        ]
    if model.backbone.type == 'SEResNetTSM':
        model.backbone.update(base_channels=16)
        width = 128 if model.backbone.depth == 18 else 512
    else:
        model.backbone.update(embed_dims=width, depth=2, num_heads=2)
    width *= math.prod(model.get('grid', (1, 1)))
    if model.auxiliary_head is not None:
        model.auxiliary_head.in_channels = width
    if model.neck is not None:
        scores = 52 * model.get('cascade', False)
        model.neck.update(in_channels=width + scores, channels=16)
    model.head.in_channels = width if model.neck is None else 16


def shrink_multilabel(cfg):
    cfg.model.backbone.update(depth=18, base_channels=16)
    cfg.model.cls_head.in_channels = 128


@pytest.mark.parametrize('name, shrink_model, metric', [
    *((name, shrink_detector, 'mma52/action_mAP') for name in DETECTORS),
    ('manet_r18_mma52demo', shrink_detector, 'mma52/action_mAP'),
    ('manet_r18_mma52demo of clips', shrink_detector, 'mma52/action_mAP'),
    ('manet_r50_mma52_multilabel', shrink_multilabel, 'mma52/clip_mAP'),
    ('any_mma52_windows', shrink_multilabel, 'mma52/clip_mAP'),
    ('any_ma52_windows', shrink_multilabel, 'ma52/clip_mAP'),
])
def test_those_of_mma52_train_and_test(name, shrink_model, metric, shrink,
                                       mma52_root, sample_root, monkeypatch):
    monkeypatch.setenv('METHOD', 'manet_r50')
    cfg = Config.fromfile(str(REPO / 'configs' / f'{name.split()[0]}.py'))
    cfg.model.backbone.init_cfg = None
    root = mma52_root if 'mma52' in name else sample_root
    shrink_model(shrink(cfg, 2, 32 if 'any' in name else None, root))
    if 'demo' in name:  # whose warm-up is shorter than a step here
        cfg.param_scheduler = None
    if 'clips' in name:
        cfg.train_dataloader.dataset.dataset.update(
            type='MA52Dataset', data_root=sample_root)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 1
    assert 0 <= runner.test()[metric] <= 1


@pytest.mark.parametrize('method', METHODS, ids=lambda p: p.stem)
def test_windows_for_any_method(method, monkeypatch, mma52_root):
    monkeypatch.setenv('METHOD', method.stem.removesuffix('_ma52'))
    clips, cfg = (
        Config.fromfile(str(REPO / f'configs/any_{x}_windows.py'))
        for x in ('ma52', 'mma52'))
    original = Config.fromfile(str(method))
    for split in ('train', 'val', 'test'):
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
        steps = original[f'{split}_dataloader'].dataset.pipeline
        assert [s.type for s in pipeline] == [s.type for s in steps]
        own = clips[f'{split}_dataloader'].dataset
        assert own.dataset == original[f'{split}_dataloader'].dataset
        assert own.pipeline == pipeline
        # The frames of the longest clip of MMA-52 from end to end.
        sampling = TRANSFORMS.build(pipeline[1])
        indices = sampling(dict(total_frames=451, start_index=0))['frame_inds']
        assert indices.min() < 60 and indices.max() > 390, split
    assert clips.model == cfg.model
    dataset = cfg.train_dataloader.dataset
    dataset.dataset.data_root = mma52_root
    dataset.update(pipeline=[], per_epoch=8)
    labels = torch.stack([x['label'] for x in DATASETS.build(dataset)])
    assert ((labels > 0) & (labels < 1)).any()  # parts of actions
    samples = [ActionDataSample().set_gt_label(label) for label in labels]
    # The head alone, on what a backbone would give; of one clip, too.
    head = MODELS.build(cfg.model.cls_head).eval()
    logits = torch.randn(len(labels), 52)
    p = logits.sigmoid()
    entropy = -(labels * p.log() + (1 - labels) * (1 - p).log()).mean(1)
    for size in (8, 1):
        loss = head.loss_by_feat(logits[:size], samples[:size])['loss_cls']
        torch.testing.assert_close(loss, 52 * entropy[:size].mean())
    for score, sample in zip(p, head.predict_by_feat(logits, samples)):
        torch.testing.assert_close(sample.pred_score, score)


@pytest.mark.parametrize('method', METHODS, ids=lambda p: p.stem)
def test_hierarchy_of_any_method(method, monkeypatch):
    monkeypatch.setenv('METHOD', method.stem.removesuffix('_ma52'))
    cfg = Config.fromfile(str(REPO / 'configs' / 'any_ma52_hierarchical.py'))
    plain = MODELS.build(Config.fromfile(str(method)).model.cls_head)
    head = MODELS.build(cfg.model.cls_head)
    assert isinstance(head, type(plain)) and head.num_outputs == 59
    head.load_state_dict(plain.state_dict())
    sample, = head.predict_by_feat(torch.randn(3, 59), [ActionDataSample()])
    assert sample.pred_score.sum().item() == pytest.approx(1, abs=1e-5)
    assert sample.pred_score.shape == (52, )
    assert {cfg.val_evaluator.body, cfg.test_evaluator.body} == {'head'}


@pytest.mark.parametrize('name', DETECTORS)
def test_detector_parts_agree(name):
    """Sampling, window, pyramid and head of a config fit each other."""
    cfg = Config.fromfile(str(REPO / 'configs' / f'{name}.py'))
    window = cfg.model.data_preprocessor
    for split in ('train', 'val', 'test'):
        steps = {
            step.type: step
            for step in cfg[f'{split}_dataloader'].dataset.pipeline
        }
        assert steps['SampleWholeClip'].max_frames == window.max_frames
        assert steps['FormatShape'].input_format == window.format_shape
    if cfg.model.neck is not None:
        assert cfg.model.neck.num_levels == cfg.model.head.num_levels
        assert cfg.model.neck.channels == cfg.model.head.in_channels
        # The coarsest level still has a few points.
        assert window.max_frames / 2**(cfg.model.neck.num_levels - 1) >= 4
    # 451 frames, the longest clip, at the nominal stride of the real configs.
    if 'sample' not in name:
        assert window.max_frames * steps['SampleWholeClip'].stride >= 451


@pytest.mark.parametrize('path', METHODS, ids=lambda p: p.stem)
def test_parameter_wise_rules_meet_a_parameter(path):
    cfg = Config.fromfile(str(path))
    cfg.model.backbone.pretrained = None
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    groups = {
        id(p): group
        for group in wrapper.optimizer.param_groups
        for p in group['params']
    }
    assert len(groups) == len(list(model.parameters()))
    base = cfg.optim_wrapper.optimizer
    rules = cfg.optim_wrapper.get('paramwise_cfg', {})
    for key, rule in rules.get('custom_keys', {}).items():
        met = [groups[id(p)] for x, p in model.named_parameters() if key in x]
        # Swin-T has no absolute position embedding unless asked.
        assert met or key == 'absolute_pos_embed', key
        for group in met:
            assert group['lr'] == pytest.approx(base.lr *
                                                rule.get('lr_mult', 1)), key
            assert group['weight_decay'] == pytest.approx(
                base.weight_decay * rule.get('decay_mult', 1)), key


@pytest.mark.slow
@pytest.mark.parametrize('path', METHODS, ids=lambda p: p.stem)
def test_train_and_test_step_at_full_size(path, shrink):
    cfg = shrink(Config.fromfile(str(path)), clips=1)
    # bfloat16 takes minutes on CPU; tests/compat/test_training.py has --amp.
    cfg.optim_wrapper.type = 'OptimWrapper'
    sampling = cfg.test_dataloader.dataset.pipeline[1]
    if sampling.get('clip_len', 1) > 1:
        sampling.num_clips = 1  # of views that are alike
    # Test alone looks at a prediction; validation is the same code.
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = None
    runner = Runner.from_cfg(cfg)
    before = [p.detach().clone() for p in runner.model.parameters()]
    runner.train()
    assert runner.iter == 1
    changed = {
        name: not p.equal(b)
        for (name, p), b in zip(runner.model.named_parameters(), before)
    }
    # Not all: a gate's weights start near zero gradient, biases in front of
    # a norm have none.
    assert sum(changed.values()) > len(changed) / 2
    assert all(changed[x] for x in changed if x.startswith('cls_head'))
    metrics = runner.test()
    assert 0 <= metrics['ma52/action_top5'] <= 1
