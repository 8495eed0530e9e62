# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from mmaction_microaction.analysis import explain_expression

CLASSES = ('negative', 'positive', 'surprise')


def test_frames_and_maps_are_the_networks(repo):
    path = repo / 'configs/_base_/models/mmnet.py'
    cfg = Config.fromfile(str(path)).model
    cfg.backbone.update(img_size=32, stem_channels=8, channels=(8, 8, 8, 16))
    cfg.cls_head.update(in_channels=16 * 2 * 2, init_std=0.01)
    cfg.data_preprocessor.update(mean=[100., 110., 120.], std=[50., 60., 70.])
    model = MODELS.build(cfg).eval()
    inputs = torch.randint(256, (2, 3, 32, 32), dtype=torch.uint8)
    sample = dict(
        inputs=inputs, data_samples=ActionDataSample().set_gt_label(2))
    maps = explain_expression(model, sample, CLASSES, 'sub01/EP02')
    frames = inputs.permute(0, 2, 3, 1)
    np.testing.assert_array_equal([maps.onset, maps.apex], frames)
    x = (frames - torch.tensor([100., 110., 120.])) / torch.tensor(
        [50., 60., 70.])
    with torch.no_grad():
        seen = model.backbone.explain(x.permute(0, 3, 1, 2))
        logits = model.cls_head(seen.motion + seen.position)[0]
    assert [len(a) for a in maps.attention] == [16, 8, 4, 2]
    for found, wanted in zip(maps.attention, seen.attention):
        np.testing.assert_allclose(found, wanted[0, 0], atol=1e-5)
    places = seen.position[0].flatten(1).T  # (4, C)
    distance = [(p - sum(places) / 4).square().sum()**0.5 for p in places]
    np.testing.assert_allclose(maps.position.ravel(), distance, rtol=1e-4)
    assert np.ptp(maps.position) > 1e-3
    best, score = int(logits.argmax()), logits.softmax(0).max()
    title = f'predicted: {CLASSES[best]}, {score:.0%}'
    assert maps.title == f'sub01/EP02   {title}   true: surprise'
    sample['data_samples'] = ActionDataSample()
    assert explain_expression(model, sample, CLASSES).title == title
    sample['inputs'] = inputs.repeat(4, 1, 1, 1)
    with pytest.raises(ValueError, match='an onset and an apex'):
        explain_expression(model, sample, CLASSES)
    model.backbone = torch.nn.Identity()
    with pytest.raises(ValueError, match='Identity'):
        explain_expression(model, sample, CLASSES)
