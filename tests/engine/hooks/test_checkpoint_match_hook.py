# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from mmaction_microaction.engine.hooks import (load_matching_weights,
                                               weight_differences)


@pytest.fixture
def weights(tiny_manet, tmp_path):
    """A function that saves the weights of the (altered) tiny model."""

    def save(change=None, **cls_head):
        cfg = copy.deepcopy(tiny_manet)
        cfg.model.cls_head.update(cls_head)
        state = Runner.from_cfg(cfg).model.state_dict()
        if change:
            change(state)
        path = str(tmp_path / 'weights.pth')
        torch.save(dict(state_dict=state), path)
        return path

    return save


def test_its_own_checkpoint(tiny_manet, weights):
    tiny_manet.load_from = weights()
    assert 'ma52/action_top1' in Runner.from_cfg(tiny_manet).test()


def test_old_checkpoints_without_counters(tiny_manet, weights):

    def drop(state):
        for key in [k for k in state if 'num_batches_tracked' in k]:
            del state[key]

    tiny_manet.load_from = weights(drop)
    Runner.from_cfg(tiny_manet).test()


def test_a_weight_is_missing(tiny_manet, weights):
    tiny_manet.load_from = weights(lambda s: s.pop('cls_head.fc_cls.bias'))
    with pytest.raises(ValueError, match='of another model.*fc_cls.bias'):
        Runner.from_cfg(tiny_manet).test()


def test_a_weight_has_another_shape(tiny_manet, weights, tmp_path):
    path = str(tmp_path / 'vectors.npy')
    np.save(path, np.zeros((52, 50)))
    tiny_manet.load_from = weights(label_vectors=path)
    with pytest.raises(ValueError, match=r'fc_emb.0.weight: model \(300'):
        Runner.from_cfg(tiny_manet).test()


def test_weights_that_the_model_lacks(tiny_manet, weights):
    """MANet's checkpoint has all the weights of a network without gates."""
    tiny_manet.load_from = weights()
    tiny_manet.model.backbone.gate_stages = ()
    with pytest.raises(ValueError, match='unknown: .*gate'):
        Runner.from_cfg(tiny_manet).test()


def test_training_may_start_from_a_part(tiny_manet, weights):
    tiny_manet.load_from = weights(lambda s: s.pop('cls_head.fc_cls.bias'))
    Runner.from_cfg(tiny_manet).train()


def test_training_from_nothing_that_fits(tiny_manet, tmp_path):
    tiny_manet.load_from = str(tmp_path / 'other.pth')
    torch.save(dict(state_dict=dict(a=torch.zeros(1))), tiny_manet.load_from)
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
