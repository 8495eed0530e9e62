# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import Runner

from mmaction_microaction.engine.hooks import (load_matching_weights,
                                               weight_differences)


@pytest.fixture
def weights(tiny_manet, tmp_path):
    """A function that saves the weights of the (altered) tiny model."""

    def save(change=None):
        state = MODELS.build(copy.deepcopy(tiny_manet.model)).state_dict()
        if change:
            change(state)
        path = str(tmp_path / 'weights.pth')
        torch.save(dict(state_dict=state), path)
        return path

    return save


def test_its_own_checkpoint(tiny_manet, weights):

    def drop(state):  # as old checkpoints lack them
        for key in [k for k in state if 'num_batches_tracked' in k]:
            del state[key]

    for change in (None, drop):
        tiny_manet.load_from = weights(change)
        assert 'ma52/action_top1' in Runner.from_cfg(tiny_manet).test()


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda s: s.pop('cls_head.fc_cls.bias'),
         'another model.*fc_cls.bias'),
        (lambda s: s.update({'cls_head.fc_emb.0.weight': torch.zeros(50, 128)}
                            ), r'fc_emb.0.weight: model \(300'),
        # MANet's checkpoint has all the weights of a network without gates.
        (lambda s: s.update(gate=torch.zeros(1)), 'unknown: .*gate'),
    ])
def test_another_models_checkpoint(change, message, tiny_manet, weights):
    tiny_manet.load_from = weights(change)
    with pytest.raises(ValueError, match=message):
        Runner.from_cfg(tiny_manet).test()


def test_training_may_start_from_a_part(tiny_manet, weights):
    tiny_manet.load_from = weights(lambda s: s.pop('cls_head.fc_cls.bias'))
    Runner.from_cfg(tiny_manet).train()
    torch.save(dict(a=torch.zeros(1)), tiny_manet.load_from)
    with pytest.raises(ValueError, match='0 of'):
        Runner.from_cfg(tiny_manet).train()


def test_differences_of_bare_weights():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    weights = model.state_dict()
    del weights['1.num_batches_tracked']
    assert weight_differences(model, weights) == (6, '')
    assert weight_differences(model, dict(state_dict=weights)) == (6, '')
    weights['0.bias'] = torch.zeros(4)
    weights['x'] = weights.pop('1.bias')
    assert weight_differences(
        model,
        weights) == (4, '4 of 6 weights fit; missing: 1.bias; unknown: x; '
                     '0.bias: model (3,), checkpoint (4,)')


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_load_matching_weights(tmp_path, prefix):
    path = str(tmp_path / 'w.pth')
    weights = dict(weight=torch.ones(3, 2), bias=torch.arange(3.))
    torch.save({f'{prefix}{k}': v for k, v in weights.items()}, path)
    model = torch.nn.Linear(2, 3)
    load_matching_weights(model, path, 'a config')
    assert all(torch.equal(model.state_dict()[k], weights[k]) for k in weights)
    with pytest.raises(ValueError, match='another model than a config: 0 of'):
        load_matching_weights(torch.nn.Linear(3, 2), path, 'a config')
