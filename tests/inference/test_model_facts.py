# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest
import torch
from mmengine.config import Config

from mmaction_microaction.inference.model_facts import (SCHEMA, check_config,
                                                        describe_model,
                                                        parse_facts,
                                                        plain_pipeline)
from mmaction_microaction.labels import ACTIONS
from mmaction_microaction.version import __version__


@pytest.fixture
def cfg(repo):
    return Config.fromfile(str(repo / 'configs/swin_tiny_ma52.py'))


@pytest.fixture
def facts(cfg):
    pixels = torch.zeros(2, 12, 3, 4, 8, 8, dtype=torch.uint8)
    return describe_model(cfg, 'some/folder/epoch_3.pth', pixels)


def test_facts(facts):
    assert parse_facts(json.dumps(facts), 'm.onnx') == facts
    assert facts['config'] == 'swin_tiny_ma52'
    assert facts['checkpoint'] == 'epoch_3.pth'
    assert facts['package_version'] == __version__
    assert facts['backbone'] == 'SwinTransformer3D'
    assert facts['input']['shape'] == [None, 12, 3, 4, 8, 8]
    assert facts['input']['dtype'] == 'uint8'
    assert facts['input']['axes'][3] == 'frame'
    for action, name, body in zip(ACTIONS, facts['classes'],
                                  facts['class_to_body_part']):
        assert name == action.name
        assert facts['body_parts'][body] == action.group_name
    types = [step['type'] for step in facts['pipeline']]
    assert types[1:4] == ['SpanSampleFrames', 'DecodeResized', 'ThreeCrop']


def test_plain_pipeline(cfg):
    plain = plain_pipeline(cfg)
    assert json.loads(json.dumps(plain)) == plain
    assert plain[2] == dict(type='DecodeResized', scale=[-1, 224])


def test_check_config(facts, cfg):
    check_config(facts, cfg, 'm.onnx')
    with pytest.raises(ValueError, match='3 classes'):
        check_config(dict(facts, classes=['a', 'b', 'c']), cfg, 'm.onnx')
    cfg.test_dataloader.dataset.pipeline[2].scale = (-1, 112)
    with pytest.raises(ValueError, match='224.* there.*112.* here'):
        check_config(facts, cfg, 'm.onnx')


@pytest.mark.parametrize('text', ['', '{}', '[1]', 'null', 'x', '{"a": 1}'])
def test_no_facts(text):
    with pytest.raises(ValueError, match='tools/deployment/export.py'):
        parse_facts(text, 'm.onnx')


def test_facts_of_other_forms(facts):
    newer = json.dumps(dict(facts, schema_version='2.1'))
    with pytest.raises(ValueError, match='form 2.1'):
        parse_facts(newer, 'm.onnx')
    text = json.dumps(dict(schema=SCHEMA, schema_version='1.0'))
    with pytest.raises(ValueError, match='m.onnx'):
        parse_facts(text, 'm.onnx')
    for field in ({'classes': 3}, {'input': []}, {'input': {'shape': 'x'}}):
        with pytest.raises(ValueError, match='tools/deployment/export.py'):
            parse_facts(json.dumps({**facts, **field}), 'm.onnx')
