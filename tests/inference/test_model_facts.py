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


def test_facts(facts, cfg):
    assert parse_facts(json.dumps(facts), 'm.onnx') == facts
    assert facts.items() >= dict(
        config='swin_tiny_ma52',
        checkpoint='epoch_3.pth',
        package_version=__version__,
        backbone='SwinTransformer3D',
        classes=list(MA52.names),
        output=dict(name='probabilities', shape=[None, 52])).items()
    assert [facts['body_parts'][body] for body in facts['class_to_body_part']
            ] == [label.group_name for label in MA52.labels]
    pixels = facts['input']
    assert pixels['shape'] == [None, 12, 3, 4, 8, 8]
    assert pixels['dtype'] == 'uint8' and pixels['axes'][3] == 'frame'
    types = [step['type'] for step in facts['pipeline']]
    assert types[1:4] == ['SpanSampleFrames', 'DecodeResized', 'ThreeCrop']
    assert facts['pipeline'][2]['scale'] == [-1, 224]
    newer = json.dumps({**facts, 'schema_version': '2.1'})
    with pytest.raises(ValueError, match='m.onnx is of form 2.1'):
        parse_facts(newer, 'm.onnx')
    check_config(facts, cfg, 'm.onnx')
    cfg.test_dataloader.dataset.pipeline[2].scale = (-1, 112)
    with pytest.raises(ValueError, match='224.* there.*112.* here'):
        check_config(facts, cfg, 'm.onnx')


def test_label_sets(facts, cfg, five):
    other = describe_model(cfg, 'x.pth', PIXELS, five)
    assert other['classes'] == list(five.names)
    assert other['output']['shape'] == [None, 5]
    # Older files were written before taxonomies were data.
    older = {k: v for k, v in facts.items() if k != 'taxonomy'}
    for written, expected in ((other, five), (older, MA52)):
        read = parse_facts(json.dumps(written), 'm.onnx')
        assert Taxonomy.load(read['taxonomy']) == expected


@pytest.mark.parametrize('text', [
    '', '{}', '[1]', 'null', 'x', '{"schema": "other"}',
    f'{{"schema": "{SCHEMA}", "schema_version": "1.0"}}',
    dict(classes=3),
    dict(classes=['a']),
    dict(taxonomy=dict(names=3)),
    dict(input=[]),
    dict(input=dict(shape='x'))
])
def test_no_facts(facts, text):
    if isinstance(text, dict):  # a change
        text = json.dumps({**facts, **text})
    with pytest.raises(ValueError, match='m.onnx.*tools/deployment/export.py'):
        parse_facts(text, 'm.onnx')
