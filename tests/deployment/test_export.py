# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
import importlib.util
import json
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction_microaction.deployment import (FORMATS, TOLERANCE, export_model,
                                             format_of, verification)
from mmaction_microaction.deployment.formats import MIN_OPSET
from mmaction_microaction.taxonomy import MA52

TWO_D = ('tsn_r50', 'tsm_r50', 'tin_r50')
# An ONNX file begins as a capture by torch.export; the others end there, for
# the sake of time. MANet is in `files`.
ONNX = (*TWO_D, 'i3d_r50')
SLOW = (*ONNX[1:], 'c3d', 'slowfast_r50', 'timesformer_divst', 'swin_tiny',
        'uniformer_small')


@pytest.mark.parametrize('name', [
    'tsn_r50', *(pytest.param(x, marks=pytest.mark.slow) for x in SLOW)
])  # yapf: disable
def test_every_method(name, small_method, tmp_path):
    if name in ONNX:
        pytest.importorskip('onnxruntime')
        pytest.importorskip('onnxscript')
    cfg, checkpoint, _ = small_method(name)
    out = tmp_path / ('model.onnx' if name in ONNX else 'model.pt2')
    opset = MIN_OPSET if name == 'tsn_r50' else None
    model = export_model(cfg, checkpoint, str(out), opset=opset, batches=2)
    if opset is not None:
        import onnx
        assert onnx.load(str(out)).opset_import[0].version == opset
    assert [(c.inputs, c.batch)
            for c in model.checks] == [('clips', 1), ('clips', 2),
                                       ('random pixels', 1),
                                       ('random pixels', 2)]
    assert all(check.error <= TOLERANCE for check in model.checks)
    shape = model.facts['input']['shape']
    assert shape[0] is None and shape[-2:] == [32, 32]
    assert len(shape) == (5 if name in TWO_D else 6)
    assert os.listdir(tmp_path) == [out.name]


def test_scores_are_those_of_the_test_loop(files, manet, sample_root):
    """The files against MMAction2's own loader and model."""
    import onnxruntime
    cfg, checkpoint = copy.deepcopy(manet[0]), manet[1]
    loader = cfg.test_dataloader
    loader.update(batch_size=3, num_workers=0, persistent_workers=False)
    loader.dataset.update(data_root=sample_root, indices=3)
    batch = next(iter(Runner.build_dataloader(loader)))
    pixels = torch.stack(batch['inputs'])
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(checkpoint)['state_dict'])
    with torch.no_grad():
        samples = model.test_step(batch)
    wanted = torch.stack([s.pred_score for s in samples]).numpy()
    assert wanted.max() > .1
    session = onnxruntime.InferenceSession(files['.onnx'].path)
    scores, = session.run(None, {'pixels': pixels.numpy()})
    np.testing.assert_allclose(scores, wanted, atol=1e-4)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    for scores in run_elsewhere([files[x].path for x in ('.pt', '.pt2')],
                                pixels):
        np.testing.assert_allclose(scores, wanted, atol=1e-4)


def run_elsewhere(paths, pixels):
    """Scores by a process that has PyTorch, but not this package."""
    code = '''
import json, sys, torch
sys.modules['mmaction'] = sys.modules['mmengine'] = None
sys.modules['mmaction_microaction'] = None
pixels = torch.tensor(json.load(sys.stdin)).byte()
found = []
for path in sys.argv[1:]:
    extra = {'microaction.json': ''}
    if path.endswith('.pt2'):
        model = torch.export.load(path, extra_files=extra).module()
    else:
        model = torch.jit.load(path, _extra_files=extra)
    with torch.no_grad():
        scores = model(pixels)
    found.append([scores.tolist(), json.loads(extra['microaction.json'])])
print(json.dumps(found))
'''
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code, *paths],
                          input=json.dumps(pixels.tolist()),
                          env=dict(os.environ, OMP_NUM_THREADS='1'),
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    for _, facts in found:
        assert facts['classes'] == list(MA52.names)
    return [np.array(scores) for scores, _ in found]


def test_nothing_is_left_of_a_wrong_export(manet, tmp_path, monkeypatch):
    path = tmp_path / 'm.pt'
    export = partial(export_model, *manet, str(path), dtype='float32')
    with monkeypatch.context() as patch:
        patch.setattr(verification, 'TOLERANCE', -1.)
        with pytest.raises(ValueError, match='is not the checkpoint'):
            export(batches=1)
        assert not list(tmp_path.iterdir())
        assert export(batches=0).checks == [] and path.is_file()
    model = export(batches=1)
    assert model.facts['input']['dtype'] == 'float32'
    assert len(model.checks) == 2


def test_errors(manet, repo, tmp_path, monkeypatch):
    cfg, missing = manet[0], FileNotFoundError

    def refused(match,
                out='m.pt',
                error=ValueError,
                config=cfg,
                checkpoint=manet[1],
                **kwargs):
        with pytest.raises(error, match=match):
            export_model(config, checkpoint, str(tmp_path / out), **kwargs)

    refused(r'suffix.*\.onnx \(ONNX\)', 'm.engine')
    refused('folder', 'missing/m.onnx', missing)
    refused('none.pth', error=missing, checkpoint='none.pth')
    refused('dtype', dtype='int8')
    refused('batches', batches=-1)
    refused('none.mp4', error=missing, videos=['none.mp4'])
    other = copy.deepcopy(cfg)
    other.model.backbone.base_channels = 8
    other.model.cls_head.in_channels = 64
    refused('of another model', config=other)
    detector = repo / 'configs/manet_r50_mma52_detection.py'
    refused(
        'detectors are not exported', config=Config.fromfile(str(detector)))
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    for opset in (MIN_OPSET - 1, 999):
        refused(f'opset must be {MIN_OPSET} to', 'm.onnx', opset=opset)
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, 'find_spec', lambda name, *args: None
        if name == 'onnxscript' else find(name, *args))
    refused(r'onnxscript: .*\[onnx\]', 'm.onnx', ImportError)
    assert not list(tmp_path.iterdir())


def test_format_of():
    assert format_of('a/b.ONNX').name == 'ONNX'
    assert {format_of(f'm{s}').name
            for s in FORMATS} == {'ONNX', 'TorchScript', 'torch.export'}
    for path in ('model', 'model.pth', 'model.onnx.gz'):
        with pytest.raises(ValueError, match='known are'):
            format_of(path)
