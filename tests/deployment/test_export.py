# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.models import ResNet
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction_microaction.deployment import (TOLERANCE, export_model,
                                             verification)
from mmaction_microaction.deployment.formats import MIN_OPSET
from mmaction_microaction.labels import ACTION_NAMES

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
# Method -> changes of backbone and head, size of the pictures. A ResNet-50 of
# 2-D methods has one block per stage here, see `small`. MANet is in `files`.
METHODS = dict(
    tsn_r50_ma52=(dict(), dict(), 32),
    tsm_r50_ma52=(dict(), dict(), 32),
    tin_r50_ma52=(dict(), dict(), 32),
    c3d_ma52=(dict(out_dim=2048), dict(), 32),
    i3d_r50_ma52=(dict(
        num_stages=1,
        out_indices=(0, ),
        inflate=((1, 1, 1), ),
        spatial_strides=(1, ),
        temporal_strides=(1, ),
        dilations=(1, )), dict(in_channels=256), 32),
    slowfast_r50_ma52=(dict(), dict(), 32),
    timesformer_divst_ma52=(dict(
        img_size=32,
        embed_dims=48,
        num_heads=4,
        num_transformer_layers=2,
        transformer_layers=None), dict(in_channels=48), 32),
    swin_tiny_ma52=(dict(
        arch=dict(embed_dims=24, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2])),
                    dict(in_channels=192), 32),
    uniformer_small_ma52=(dict(depth=[1, 1, 1, 1]), dict(), 32),
)
TWO_D = ('tsn_r50_ma52', 'tsm_r50_ma52', 'tin_r50_ma52')
# An ONNX file begins as a capture by torch.export; the others end there, for
# the sake of time.
ONNX = (*TWO_D, 'i3d_r50_ma52')


@pytest.fixture
def small(cut_pipeline, monkeypatch):
    block, _ = ResNet.arch_settings[50]
    monkeypatch.setitem(ResNet.arch_settings, 50, (block, (1, 1, 1, 1)))

    def load(name):
        cfg = Config.fromfile(str(CONFIGS / f'{name}.py'))
        backbone, head, size = METHODS[name]
        cfg.model.backbone.update(backbone, pretrained=None)
        cfg.model.cls_head.update(head)
        return cut_pipeline(cfg, size)

    return load


def test_all_ten_are_here():
    assert {path.stem
            for path in CONFIGS.glob('*_ma52.py')
            } == {*METHODS, 'manet_r50_ma52'}


@pytest.mark.parametrize('name', METHODS)
def test_every_method(name, small, checkpoint_of, tmp_path):
    if name in ONNX:
        pytest.importorskip('onnxruntime')
        pytest.importorskip('onnxscript')
    cfg, size = small(name), METHODS[name][2]
    out = tmp_path / ('model.onnx' if name in ONNX else 'model.pt2')
    opset = MIN_OPSET if name == 'tsn_r50_ma52' else None
    model = export_model(
        cfg, checkpoint_of(cfg), str(out), opset=opset, batches=2)
    assert out.is_file()
    if opset is not None:
        import onnx
        assert onnx.load(str(out)).opset_import[0].version == opset
    assert [(c.inputs, c.batch)
            for c in model.checks] == [('clips', 1), ('clips', 2),
                                       ('random pixels', 1),
                                       ('random pixels', 2)]
    assert all(check.error <= TOLERANCE for check in model.checks)
    shape = model.facts['input']['shape']
    assert shape[0] is None and shape[-2:] == [size, size]
    assert len(shape) == (5 if name in TWO_D else 6)
    assert not list(tmp_path.glob('tmp*'))


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
    for suffix in ('.pt', '.pt2'):
        scores = run_elsewhere(files[suffix].path, pixels)
        np.testing.assert_allclose(scores, wanted, atol=1e-4)


def run_elsewhere(path, pixels):
    """Scores by a process that has PyTorch, but not this package."""
    code = '''
import json, sys, torch
sys.modules['mmaction'] = sys.modules['mmengine'] = None
sys.modules['mmaction_microaction'] = None
path, pixels = sys.argv[1], torch.tensor(json.load(sys.stdin)).byte()
extra = {'microaction.json': ''}
if path.endswith('.pt2'):
    model = torch.export.load(path, extra_files=extra).module()
else:
    model = torch.jit.load(path, _extra_files=extra)
with torch.no_grad():
    scores = model(pixels)
facts = json.loads(extra['microaction.json'])
print(json.dumps([scores.tolist(), facts['classes']]))
'''
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code, path],
                          input=json.dumps(pixels.tolist()),
                          env=dict(os.environ, OMP_NUM_THREADS='1'),
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    scores, classes = json.loads(done.stdout)
    assert classes == list(ACTION_NAMES)
    return np.array(scores)


def test_float_pixels(manet, tmp_path):
    model = export_model(
        *manet, str(tmp_path / 'm.pt'), dtype='float32', batches=1)
    assert model.facts['input']['dtype'] == 'float32'
    assert len(model.checks) == 2


def test_nothing_is_left_of_a_wrong_export(manet, tmp_path, monkeypatch):
    monkeypatch.setattr(verification, 'TOLERANCE', -1.)
    with pytest.raises(ValueError, match='is not the checkpoint'):
        export_model(*manet, str(tmp_path / 'm.pt'), batches=1)
    assert not list(tmp_path.iterdir())
    model = export_model(*manet, str(tmp_path / 'm.pt'), batches=0)
    assert model.checks == [] and (tmp_path / 'm.pt').is_file()


def test_errors(manet, repo, tmp_path, checkpoint_of):
    cfg, checkpoint = manet
    with pytest.raises(ValueError, match=r'suffix.*\.onnx \(ONNX\)'):
        export_model(cfg, checkpoint, str(tmp_path / 'm.engine'))
    with pytest.raises(FileNotFoundError, match='folder'):
        export_model(cfg, checkpoint, str(tmp_path / 'missing' / 'm.onnx'))
    out = str(tmp_path / 'm.pt')
    with pytest.raises(FileNotFoundError, match='none.pth'):
        export_model(cfg, str(tmp_path / 'none.pth'), out)
    with pytest.raises(ValueError, match='dtype'):
        export_model(cfg, checkpoint, out, dtype='int8')
    with pytest.raises(ValueError, match='batches'):
        export_model(cfg, checkpoint, out, batches=-1)
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        export_model(cfg, checkpoint, out, videos=[str(tmp_path / 'none.mp4')])
    other = copy.deepcopy(cfg)
    other.model.backbone.base_channels = 8
    other.model.cls_head.in_channels = 64
    with pytest.raises(ValueError, match='of another model'):
        export_model(other, checkpoint, out)
    detector = Config.fromfile(
        str(repo / 'configs/manet_r50_mma52_detection.py'))
    with pytest.raises(ValueError, match='detectors are not exported'):
        export_model(detector, checkpoint, out)
    assert not list(tmp_path.iterdir())
