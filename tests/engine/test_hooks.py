# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The hooks, in runs of a tiny network; those of reliability have files."""
import contextlib
import copy
from types import SimpleNamespace

import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmaction.registry import DATA_SAMPLERS, METRICS, MODELS
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.engine.hooks import (BestKeyHook, ChannelsLastHook,
                                               ClassCountsHook, CompileHook,
                                               NumClassesHook,
                                               load_matching_weights,
                                               weight_differences)
from mmaction_microaction.models.layers import (to_channels_last,
                                                use_channels_last)
from mmaction_microaction.models.losses import BalancedSoftmaxLoss


def test_what_becomes_channels_last():
    for shape, layout in (((2, 3, 4, 5), torch.channels_last),
                          ((2, 3, 4, 5, 6), torch.channels_last_3d),
                          ((4, ), torch.contiguous_format)):
        x = torch.randn(shape)
        out = to_channels_last(x)
        assert out.is_contiguous(memory_format=layout) and out.equal(x)
    model = nn.Module()
    for convert in (True, False):  # weights can keep their layout
        model.backbone = nn.Conv2d(3, 4, 3)
        use_channels_last(model, convert_weights=convert)
        assert model.backbone.weight.is_contiguous() is not convert
    # The host's shift gives the layout up, unless it is replaced.
    x = torch.randn(8, 16, 4, 4)
    shifted = TemporalShift.shift(to_channels_last(x), 8, 8)
    assert shifted.is_contiguous()
    model.backbone = TemporalShift(nn.Identity(), 8, 8)
    use_channels_last(model)
    out = model.backbone(x)
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert out.equal(shifted)


def test_channels_last_by_the_command_line(tiny_manet):
    tiny_manet.merge_from_dict(
        {'default_hooks.channels_last.type': 'ChannelsLastHook'})
    runner = Runner.from_cfg(tiny_manet)
    layouts = []
    runner.model.backbone.layer2[1].conv2.conv.register_forward_hook(
        lambda module, args, out: layouts.append(
            out.is_contiguous(memory_format=torch.channels_last)))
    runner.train()
    assert layouts and all(layouts)
    assert 0 <= runner.test()['ma52/action_top1'] <= 1
    # Once, although it was trained, validated and tested.
    assert len(runner.model.backbone._forward_pre_hooks) == 1


def test_compilation_by_the_command_line(tiny_manet):
    tiny_manet.merge_from_dict({
        'default_hooks.compile.type': 'CompileHook',
        'default_hooks.compile.backend': 'eager',
        'val_dataloader': None,
        'val_cfg': None,
        'val_evaluator': None
    })
    runner = Runner.from_cfg(tiny_manet)
    names = list(runner.model.state_dict())
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    runner.train()
    torch._dynamo.reset()
    assert torch._dynamo.utils.counters['frames']['ok'] > 0
    assert list(runner.model.state_dict()) == names
    assert all(p.isfinite().all() for p in runner.model.parameters())


@pytest.mark.parametrize('hook', [ChannelsLastHook, CompileHook])
def test_no_backbone(hook):
    with pytest.raises(ValueError, match='backbone.*Linear'):
        hook().before_run(SimpleNamespace(model=nn.Linear(1, 1)))


def test_classes_of_head_and_data_in_a_run(tiny_manet):
    names = ('nodding', 'waving')
    for split in ('train', 'val', 'test'):
        dataset = tiny_manet[f'{split}_dataloader'].dataset
        dataset.update(classes=names, indices=None)
    runner = Runner.from_cfg(tiny_manet)
    for run in (runner.train, runner.val, runner.test):
        with pytest.raises(ValueError, match='num_classes=52.*2 classes'):
            run()
    tiny_manet.model.cls_head.update(num_classes=2, label_names=names, topk=1)
    runner = Runner.from_cfg(tiny_manet)
    runner.train()
    assert 0 <= runner.test()['ma52/body_top1'] <= 1


@pytest.mark.parametrize('head, message', [
    (dict(num_classes=2), None),
    (dict(), None),
    (dict(num_classes=3), r'model\.head\.num_classes=3.* Two has 2'),
    (dict(num_classes=2, label_names=('a', 'b')), None),
    (dict(num_classes=2, label_names=('b', 'a')), "class 0 is 'b' .*'a'.*Two"),
])
def test_what_a_head_knows_is_compared(head, message):
    """A detector's head has another name."""
    metainfo = dict(taxonomy=dict(names=['a', 'b'], title='Two'))
    data = SimpleNamespace(dataset=SimpleNamespace(metainfo=metainfo))
    model = SimpleNamespace(head=SimpleNamespace(**head))
    with pytest.raises(ValueError, match=message) if message else \
            contextlib.nullcontext():
        NumClassesHook().before_train(
            SimpleNamespace(model=model, train_dataloader=data))


@pytest.mark.parametrize(
    'metric, key, message',
    [
        ('MicroActionMetric', 'ma52/action_top1', None),
        ('MicroActionMetric', 'acc/top1',
         "acc/top1'.* gives ma52/action_top1, "),
        ('MicroActionDetectionMetric', 'mma52/body_mAP@0.5', None),
        ('MicroActionDetectionMetric', 'ma52/action_mAP',
         'mma52/action_mAP@0.1,'),
        ('MultiLabelMicroActionMetric', 'mma52/clip_mAP', None),
        ('MicroExpressionMetric', 'mer/SAMM_uf1', None),
        ('MicroExpressionMetric', 'emotion/uf1', 'mer/uf1.*mer/<source>_uar'),
        ('EmotionMetric', 'emotion/session_uar', None),
        ('MicroActionMetric', 'ma52/fine_f1_mean', 'ma52/fine_f1_mean'),
        ('AccMetric', 'acc/top7', None),  # the host's: cannot be known
    ])
def test_the_best_of_what(metric, key, message):
    metric = METRICS.build(dict(type=metric))
    metric.dataset_meta = {}
    hooks = [
        SimpleNamespace(key_indicators=['auto']),
        SimpleNamespace(key_indicators=['auto', key])
    ]
    runner = SimpleNamespace(
        model=nn.Identity(),
        hooks=hooks,
        val_loop=SimpleNamespace(evaluator=SimpleNamespace(metrics=[metric])))
    with pytest.raises(ValueError, match=message) if message else \
            contextlib.nullcontext():
        BestKeyHook().before_train(runner)


class Labels(list):
    """A data set of nothing but labels."""

    def get_data_info(self, index):
        return dict(label=self[index])


@pytest.mark.parametrize('sampler, expected', [
    (dict(type='DefaultSampler'), [6, 2, 1, 1]),
    (dict(type='ClassBalancedSampler', alpha=1), [3, 3, 1, 3]),
    (dict(type='ClassBalancedSampler', alpha=0,
          min_count=3), [4.5, 2.25, 1, 2.25]),
])
def test_classes_are_counted_as_they_are_drawn(sampler, expected):
    """Of 0 clips, one is counted; what the config says stays."""
    data = Labels([0] * 6 + [1] * 2 + [3])
    loader = SimpleNamespace(
        dataset=data, sampler=DATA_SAMPLERS.build(dict(sampler, dataset=data)))
    model = nn.Module()
    model.cls_head = nn.ModuleDict(
        dict(new=BalancedSoftmaxLoss(), own=BalancedSoftmaxLoss(counts=[5])))
    model.cls_head.num_classes = 4
    ClassCountsHook().before_train(
        SimpleNamespace(model=model, train_dataloader=loader))
    assert model.cls_head['new'].counts.tolist() == pytest.approx(expected)
    assert model.cls_head['own'].counts.tolist() == [5]


def test_imbalance_and_hierarchy_by_the_command_line(tiny_manet):
    """A run, and one that goes on: both count, and save no count."""
    loss = 'BalancedSoftmaxLoss'
    tiny_manet.merge_from_dict({
        'model.cls_head.type': 'HierarchicalHead',
        'model.cls_head.head': 'JointEmbeddingHead',
        'model.cls_head.loss_cls.type': loss,
        'model.cls_head.body_loss.type': loss,
        'default_hooks.checkpoint.save_best': 'ma52/fine_f1_mean',
        'default_hooks.checkpoint.rule': 'greater'
    })
    for resume in (False, True):
        tiny_manet.resume = resume
        tiny_manet.train_cfg.max_epochs = 1 + resume
        runner = Runner.from_cfg(tiny_manet)
        runner.train()
        assert runner.epoch == 1 + resume
        head = runner.model.cls_head
        assert len(head.loss_cls.counts) == 52
        assert len(head.body_loss.counts) == 7
        assert not any('counts' in key for key in runner.model.state_dict())
    scores = runner.test()
    assert 0 <= scores['ma52/fine_f1_mean'] <= 1
    assert list(scores)[0] == 'ma52/action_top1'  # what save_best='auto' takes


def test_the_best_is_known_before_the_training(tiny_manet):
    tiny_manet.default_hooks.checkpoint.save_best = 'acc/top1'
    runner = Runner.from_cfg(tiny_manet)
    with pytest.raises(ValueError, match='CheckpointHook.save_best=.acc/top1'):
        runner.train()
    assert runner.iter == 0


def test_checkpoints_of_a_run(tiny_manet, tmp_path):
    """A test needs every weight, a training may start from a part."""
    state = MODELS.build(copy.deepcopy(tiny_manet.model)).state_dict()
    # As old checkpoints lack them.
    state = {k: v for k, v in state.items() if 'num_batches' not in k}
    tiny_manet.load_from = str(tmp_path / 'weights.pth')
    torch.save(dict(state_dict=state), tiny_manet.load_from)
    assert 'ma52/action_top1' in Runner.from_cfg(tiny_manet).test()
    del state['cls_head.fc_cls.bias']
    torch.save(dict(state_dict=state), tiny_manet.load_from)
    with pytest.raises(ValueError, match='another model.*fc_cls.bias'):
        Runner.from_cfg(tiny_manet).test()
    Runner.from_cfg(tiny_manet).train()
    with pytest.raises(ValueError, match='nothing to resume from'):
        tiny_manet.resume = True
        Runner.from_cfg(tiny_manet).train()
    tiny_manet.resume = False
    state['cls_head.fc_cls.weight'][1, 1] = float('nan')
    # As Lightning names them; each of these is found.
    torch.save({
        f'model.{k}': v
        for k, v in state.items()
    }, tiny_manet.load_from)
    with pytest.raises(ValueError, match='1 of .* NaN.*fc_cls.weight; the'):
        Runner.from_cfg(tiny_manet).train()
    torch.save(dict(a=torch.zeros(1)), tiny_manet.load_from)
    with pytest.raises(ValueError, match='0 of'):
        Runner.from_cfg(tiny_manet).train()


def test_differences_of_weights():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    weights = model.state_dict()
    del weights['1.num_batches_tracked']
    assert weight_differences(model, weights) == (6, '')
    weights['0.bias'] = torch.zeros(4)
    weights['x'] = weights.pop('1.bias')
    fitting, text = weight_differences(model, weights)
    assert fitting == 4
    assert text == ('4 of 6 weights fit; missing: 1.bias; unknown: x; '
                    '0.bias: model (3,), checkpoint (4,)')


@pytest.mark.parametrize('prefix', ['', 'module.', 'model.', 'net._orig_mod.'])
def test_load_matching_weights(tmp_path, prefix, capsys):
    path = str(tmp_path / 'w.pth')
    weights = dict(weight=torch.ones(3, 2), bias=torch.arange(3.))
    given = {f'{prefix}{k}': v for k, v in weights.items()}
    part = prefix in ('model.', 'net._orig_mod.')
    if part:  # what else is in Lightning's module
        given['loss.weight'] = torch.ones(52)
    torch.save(dict(state_dict=given, epoch=3), path)
    model = nn.Linear(2, 3)
    load_matching_weights(model, path, 'a config')
    assert all(torch.equal(model.state_dict()[k], weights[k]) for k in weights)
    assert ('left aside: loss.weight' in capsys.readouterr().err) == part
    with pytest.raises(ValueError, match='another model than a config: '):
        load_matching_weights(nn.Linear(3, 5), path, 'a config')
    weights['bias'][1] = float('inf')
    torch.save(given, path)
    with pytest.raises(ValueError, match='w.pth: 1 of 2 .* infinity: bias'):
        load_matching_weights(model, path, 'a config')
