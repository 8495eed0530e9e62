# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest
import torch
from mmengine.config import Config

from mmaction_microaction.inference.model_facts import (SCHEMA, check_config,
                                                        describe_model,
                                                        parse_facts)
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.version import __version__

PIXELS = torch.zeros(2, 12, 3, 4, 8, 8, dtype=torch.uint8)


@pytest.fixture
def cfg(repo):
    return Config.fromfile(str(repo / 'configs/swin_tiny_ma52.py'))


@pytest.fixture
def facts(cfg):
    return describe_model(cfg, 'some/folder/epoch_3.pth', PIXELS)


def test_facts(facts):
    assert parse_facts(json.dumps(facts), 'm.onnx') == facts
    assert facts.items() >= dict(
        config='swin_tiny_ma52',
        checkpoint='epoch_3.pth',
        package_version=__version__,
        backbone='SwinTransformer3D',
        output=dict(name='probabilities', shape=[None, 52])).items()
    assert facts['input']['shape'] == [None, 12, 3, 4, 8, 8]
    assert facts['input']['dtype'] == 'uint8'
    assert facts['input']['axes'][3] == 'frame'
    for label, name, body in zip(MA52.labels, facts['classes'],
                                 facts['class_to_body_part']):
        assert name == label.name
        assert facts['body_parts'][body] == label.group_name
    types = [step['type'] for step in facts['pipeline']]
    assert types[1:4] == ['SpanSampleFrames', 'DecodeResized', 'ThreeCrop']
    assert facts['pipeline'][2]['scale'] == [-1, 224]


def test_label_sets(facts, cfg, five):
    other = describe_model(cfg, 'x.pth', PIXELS, five)
    assert other['classes'] == list(five.names)
    assert other['output']['shape'] == [None, 5]
    read = parse_facts(json.dumps(other), 'm.onnx')
    assert Taxonomy.load(read['taxonomy']) == five
    # Files that were written before taxonomies were data.
    older = json.dumps({k: v for k, v in facts.items() if k != 'taxonomy'})
    assert Taxonomy.load(parse_facts(older, 'm.onnx')['taxonomy']) == MA52


def test_check_config(facts, cfg):
    check_config(facts, cfg, 'm.onnx')
    cfg.test_dataloader.dataset.pipeline[2].scale = (-1, 112)
    with pytest.raises(ValueError, match='224.* there.*112.* here'):
        check_config(facts, cfg, 'm.onnx')


@pytest.mark.parametrize('text', [
    '', '{}', '[1]', 'null', 'x', '{"schema": "other"}',
    json.dumps(dict(schema=SCHEMA, schema_version='1.0')), dict(classes=3),
    dict(classes=['a']), dict(taxonomy=dict(names=3)), dict(input=[]),
    dict(input=dict(shape='x'))
])  # yapf: disable
def test_no_facts(facts, text):
    if isinstance(text, dict):  # a change
        text = json.dumps({**facts, **text})
    with pytest.raises(ValueError, match='m.onnx.*tools/deployment/export.py'):
        parse_facts(text, 'm.onnx')
    newer = json.dumps({**facts, 'schema_version': '2.1'})
    with pytest.raises(ValueError, match='m.onnx is of form 2.1'):
        parse_facts(newer, 'm.onnx')
