# Copyright (c) mmaction-microaction contributors. All rights reserved.
import sys

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.registry import DefaultScope

from mmaction_microaction.inference.onnx_predictor import (OnnxPredictor,
                                                           choose_providers)
from mmaction_microaction.inference.predictor import TorchPredictor


@pytest.fixture(scope='module')
def exported(small_method, tmp_path_factory):
    """Config, checkpoint and ONNX file of a small TSN."""
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    from mmaction_microaction.deployment import export_model
    cfg, checkpoint, _ = small_method('tsn_r50')
    cfg.domain = 'tests'
    path = str(tmp_path_factory.mktemp('exported') / 'tsn.onnx')
    with DefaultScope.overwrite_default_scope('mmaction'):
        export_model(cfg, checkpoint, path, batches=1)
    return cfg, checkpoint, path


def test_scores_are_the_checkpoints(exported):
    cfg, checkpoint, path = exported
    predictor = OnnxPredictor(path, cfg)
    assert not predictor.detects and predictor.device in ('cpu', 'cuda')
    assert predictor.facts['config'] == 'tsn_r50_ma52'
    assert predictor.domain == OnnxPredictor(path).domain == 'tests'
    clips = torch.randint(256, (4, 8, 3, 32, 32), dtype=torch.uint8)
    samples = [dict(inputs=x, data_samples=ActionDataSample()) for x in clips]
    wanted = TorchPredictor(cfg, checkpoint, 'cpu').predict(samples)
    for part in (slice(4), slice(1), slice(1, 3)):
        scores = predictor.predict(samples[part])
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, wanted[part], atol=1e-4)


def test_pixels_that_do_not_fit(exported):
    predictor = OnnxPredictor(exported[2], threads=1)
    good = np.zeros((2, 8, 3, 32, 32), np.uint8)
    assert predictor.score(good).shape == (2, 52)
    for bad in (good[..., :16], good[0], good[:0]):
        with pytest.raises(ValueError, match='takes clips of shape'):
            predictor.score(bad)
    with pytest.raises(ValueError, match='pixels of uint8.*float32'):
        predictor.score(good.astype(np.float32))


def test_configs_that_do_not_fit(exported, small_method):
    other = small_method('tsn_r50').cfg
    steps = other.test_dataloader.dataset.pipeline
    crop, = (step for step in steps if step.type == 'CenterCrop')
    crop.crop_size = 16
    with pytest.raises(ValueError, match='another test pipeline.*CenterCrop'):
        OnnxPredictor(exported[2], other)
    steps.pop()
    with pytest.raises(ValueError, match='another test pipeline'):
        OnnxPredictor(exported[2], other)


def test_files_that_are_none(exported, tmp_path, monkeypatch):
    onnx = pytest.importorskip('onnx')
    model, path = onnx.load(exported[2]), str(tmp_path / 'bad.onnx')
    with pytest.raises(FileNotFoundError, match='bad.onnx'):
        OnnxPredictor(path)
    del model.metadata_props[:]
    for content, match in ((b'', 'bad.onnx'), (b'not a model' * 100,
                                               'bad.onnx'),
                           (model.SerializeToString(),
                            'tools/deployment/export.py')):
        (tmp_path / 'bad.onnx').write_bytes(content)
        with pytest.raises(ValueError, match=match):
            OnnxPredictor(path)
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ImportError, match=r'\.\[onnx\]'):
        OnnxPredictor(exported[2])


GPU, CPU = 'CUDAExecutionProvider', 'CPUExecutionProvider'


@pytest.mark.parametrize('device, available, expected', [
    (None, [CPU], [CPU]),
    (None, [GPU, CPU], [(GPU, dict(device_id=0)), CPU]),
    ('cpu', [GPU, CPU], [CPU]),
    ('cuda', [GPU, CPU], [(GPU, dict(device_id=0)), CPU]),
    ('cuda:1', [GPU, CPU], [(GPU, dict(device_id=1)), CPU]),
    ('cuda', [CPU], None),
    ('toaster', [GPU, CPU], None),
])
def test_providers(device, available, expected):
    if expected is None:
        with pytest.raises(ValueError, match=device):
            choose_providers(device, available)
        return
    assert choose_providers(device, available) == expected
