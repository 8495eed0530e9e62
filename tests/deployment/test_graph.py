# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import nn

from mmaction_microaction.deployment import ScoringGraph
from mmaction_microaction.models.layers import GatedShift, PlainGatedShift


@pytest.fixture
def model(manet):
    model = MODELS.build(copy.deepcopy(manet[0].model)).eval()
    nn.init.normal_(model.cls_head.fc_cls.weight)
    return model.requires_grad_(False)


def pixels_of(clips, views=1):
    shape = (clips, 8 * views, 3, 32, 32)
    return torch.randint(256, shape, dtype=torch.uint8)


def predict(model, pixels):
    """By MMAction2's own way through the model."""
    samples = model.test_step(
        dict(
            inputs=list(pixels),
            data_samples=[ActionDataSample() for _ in pixels]))
    return torch.stack([sample.pred_score for sample in samples])


@pytest.mark.parametrize('views, fusion', [(1, ''), (3, ''), (3, 'soft'),
                                           (3, 'cascade')])
def test_scores(model, manet, views, fusion):
    """Views have the clip mean, the softmax and the fusion to themselves."""
    if fusion:
        cfg = copy.deepcopy(manet[0].model)
        cfg.cls_head.update(
            type='HierarchicalHead', head=cfg.cls_head.type, fusion=fusion)
        plain, model = model, MODELS.build(cfg).eval().requires_grad_(False)
        model.load_state_dict(plain.state_dict())
    pixels = pixels_of(4, views)
    graph = ScoringGraph(model, pixels[:2])
    for part in (pixels, pixels[:1], pixels[2:]):
        wanted = predict(model, part)
        assert wanted.max() > .1
        torch.testing.assert_close(graph(part), wanted, rtol=1e-4, atol=1e-5)
    # Floats are taken as they are: 0 to 255.
    torch.testing.assert_close(graph(pixels.float()), graph(pixels))


def test_the_model_stays_as_it_was(model):
    before = {k: v.clone() for k, v in model.state_dict().items()}
    graph = ScoringGraph(model, pixels_of(1))
    torch.testing.assert_close(
        dict(model.state_dict()), before, rtol=0, atol=0)
    assert any(type(m) is GatedShift for m in model.modules())
    kinds = {type(m) for m in graph.modules()}
    assert PlainGatedShift in kinds
    assert not kinds & {GatedShift, nn.BatchNorm2d}


@pytest.mark.parametrize('several', [False, True])
def test_averaged_logits_become_probabilities(model, several):
    pixels = pixels_of(2, views=2)
    model.cls_head.average_clips = 'score'
    model.cls_head.multi_class = several
    logits = predict(model, pixels)
    wanted = logits.sigmoid() if several else logits.softmax(dim=1)
    scores = ScoringGraph(model, pixels)(pixels)
    torch.testing.assert_close(scores, wanted, rtol=1e-4, atol=1e-5)


def test_other_models(model):
    # max_testing_views works for a batch of one clip only.
    model.test_cfg = dict(max_testing_views=8)
    assert ScoringGraph(model, pixels_of(2))(pixels_of(3)).shape == (3, 52)
    assert model.test_cfg == dict(max_testing_views=8)
    model.cls_head.average_clips = None
    for other, match in ((nn.Linear(2, 2), 'only recognisers'),
                         (model, '52 probabilities')):
        with pytest.raises(ValueError, match=match):
            ScoringGraph(other, pixels_of(1))
