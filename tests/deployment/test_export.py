# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
import json
import os
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner

from mmaction_microaction.deployment import (FORMATS, TOLERANCE, export_model,
                                             format_of, load_recogniser,
                                             verify)
from mmaction_microaction.deployment.export import pack_clips
from mmaction_microaction.deployment.formats import MIN_OPSET
from mmaction_microaction.inference.model_facts import FACTS_KEY
from mmaction_microaction.utils.files import DIGESTS

TWO_D = ('tsn_r50', 'tsm_r50', 'tin_r50')
# An ONNX file begins as a capture by torch.export; the others end there, for
# the sake of time. MANet is in `files`.
ONNX = (*TWO_D, 'i3d_r50')
SLOW = (*ONNX[1:], 'c3d', 'slowfast_r50', 'timesformer_divst', 'swin_tiny',
        'uniformer_small')


@pytest.mark.parametrize('name', [
    'tsn_r50', 'tsn_r50 soft',
    *(pytest.param(x, marks=pytest.mark.slow) for x in SLOW)
])  # yapf: disable
def test_every_method(name, small_method, tmp_path):
    name, _, fusion = name.partition(' ')
    if name in ONNX:
        pytest.importorskip('onnxruntime')
        pytest.importorskip('onnxscript')
    cfg, checkpoint, _ = small_method(name)
    if fusion:
        cfg.model.cls_head.update(
            type='HierarchicalHead', head='TSNHead', fusion=fusion)
        model = MODELS.build(cfg.model)
        model.load_state_dict(torch.load(checkpoint)['state_dict'])
        checkpoint = str(tmp_path / 'weights.pth')
        torch.save(dict(state_dict=model.state_dict()), checkpoint)
    out = tmp_path / ('model.onnx' if name in ONNX else 'model.pt2')
    opset = MIN_OPSET if name == 'tsn_r50' else None
    model = export_model(cfg, checkpoint, str(out), opset=opset, batches=2)
    if opset is not None:
        onnx = pytest.importorskip('onnx')
        assert onnx.load(str(out)).opset_import[0].version == opset
    assert [check[:2] for check in model.checks] == [
        (kind, n) for kind in ('clips', 'random pixels') for n in (1, 2)
    ]
    assert max(check.error for check in model.checks) <= TOLERANCE
    shape = model.facts['input']['shape']
    assert shape[0] is None and shape[-2:] == [32, 32]
    assert len(shape) == (5 if name in TWO_D else 6)
    assert sorted(os.listdir(tmp_path))[:2] == [DIGESTS, out.name]


ELSEWHERE = """
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
"""


def test_scores_are_those_of_the_test_loop(files, manet, sample_root):
    """The files, without this package, against MMAction2's own loader and
    model."""
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
    onnx, *others = (files[suffix] for suffix in ('.onnx', '.pt', '.pt2'))
    session = onnxruntime.InferenceSession(onnx.path)
    meta = session.get_modelmeta().custom_metadata_map
    scores, = session.run(None, {'pixels': pixels.numpy()})
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    command = [sys.executable, '-W', 'ignore', '-c', ELSEWHERE]
    done = subprocess.run([*command, *(file.path for file in others)],
                          input=json.dumps(pixels.tolist()),
                          env=dict(os.environ, OMP_NUM_THREADS='1'),
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = [(scores, json.loads(meta[FACTS_KEY])), *json.loads(done.stdout)]
    for (scores, facts), file in zip(found, (onnx, *others), strict=True):
        np.testing.assert_allclose(scores, wanted, atol=1e-4)
        assert facts == file.facts


@pytest.mark.parametrize('suffix', FORMATS)
def test_a_file_tells_no_more(files, suffix, repo):
    """Neither folders of this machine nor pixels of a clip."""
    content = Path(files[suffix].path).read_bytes()
    assert str(repo).encode() not in content
    assert b'site-packages' not in content
    if suffix == '.pt2':
        with zipfile.ZipFile(files[suffix].path) as archive:
            assert all(info.file_size == 0 for info in archive.infolist()
                       if 'sample_inputs' in info.filename)


def test_onnx_is_tidy(files):
    """Any batch, a checked file, batch norm gone."""
    onnx = pytest.importorskip('onnx')
    model = onnx.load(files['.onnx'].path)
    onnx.checker.check_model(model, full_check=True)
    value, = model.graph.input
    assert value.name == 'pixels'
    dims = value.type.tensor_type.shape.dim
    assert dims[0].dim_param == 'batch'
    assert [d.dim_value for d in dims[1:]] == [8, 3, 32, 32]
    out, = model.graph.output
    assert out.name == 'probabilities'
    kinds = {node.op_type for node in model.graph.node}
    assert 'Conv' in kinds and 'BatchNormalization' not in kinds
    assert {node.domain for node in model.graph.node} <= {'', 'ai.onnx'}


def test_nothing_is_left_of_a_wrong_export(manet, tmp_path, monkeypatch):
    path = tmp_path / 'm.pt'
    export = partial(export_model, *manet, str(path), dtype='float32')
    with monkeypatch.context() as patch:
        patch.setattr('mmaction_microaction.deployment.export.TOLERANCE', -1.)
        with pytest.raises(ValueError, match='is not the checkpoint'):
            export(batches=1)
        assert not list(tmp_path.iterdir())
        assert export(batches=0).checks == [] and path.is_file()
    model = export(batches=1)
    assert model.facts['input']['dtype'] == 'float32'
    assert len(model.checks) == 2


@pytest.mark.parametrize('match, change', [
    *((r'suffix.*known are \.onnx \(ONNX\)', dict(out=out))
      for out in ('m.engine', 'm', 'm.onnx.gz')),
    ('folder', dict(out='missing/m.onnx')),
    ('none.pth', dict(checkpoint='none.pth')),
    ('dtype', dict(dtype='int8')),
    ('batches', dict(batches=-1)),
    ('none.mp4', dict(videos=['none.mp4'])),
    ('of another model', dict(config='tsn_r50_ma52')),
    ('detectors are not exported', dict(config='manet_r50_mma52_detection')),
    (f'opset must be {MIN_OPSET} to', dict(out='m.onnx', opset=MIN_OPSET - 1)),
    (f'opset must be {MIN_OPSET} to', dict(out='m.onnx', opset=999)),
    (r'onnxscript is required .*.*\[onnx\]', dict(out='m.onnx', opset=None)),
])
def test_errors(match, change, manet, repo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if 'opset' in change:
        pytest.importorskip('onnxruntime')
        pytest.importorskip('onnxscript')
        if change['opset'] is None:
            monkeypatch.setitem(sys.modules, 'onnxscript', None)
    given = dict(zip(('config', 'checkpoint'), manet), out='m.pt')
    if 'config' in change:
        path = repo / 'configs' / f'{change["config"]}.py'
        change = dict(config=Config.fromfile(str(path)))
    with pytest.raises((ValueError, OSError, ImportError), match=match):
        export_model(**{**given, **change})
    assert not list(tmp_path.iterdir())


def test_format_of(tmp_path):
    names = [format_of(f'a/b{suffix.upper()}').name for suffix in FORMATS]
    assert names == ['ONNX', 'TorchScript', 'torch.export']
    foreign = str(tmp_path / 'm.pt')
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), foreign)
    with pytest.raises(ValueError, match='tools/deployment/export.py'):
        format_of(foreign).load(foreign)


def test_clips_are_what_the_pipeline_packs(manet, frames_of, encode, tmp_path):
    one, two = (sample['inputs'] for sample in pack_clips(manet[0], 2))
    assert one.shape == two.shape == (8, 3, 32, 32)
    assert one.dtype == torch.uint8 and not torch.equal(one, two)
    # From a file as MMAction2 reads it, and round again.
    path = encode(tmp_path / 'clip.mp4', frames_of(60))
    wanted = Compose(manet[0].test_dataloader.dataset.pipeline)(
        dict(filename=path, start_index=0, modality='RGB', clip_name='clip'))
    for sample in pack_clips(manet[0], 2, [path]):
        assert torch.equal(sample['inputs'], wanted['inputs'])


def test_what_is_noticed(manet):
    """Wrong scores, of every kind that an export could give."""
    cfg, checkpoint = manet
    samples, reference = pack_clips(cfg, 2), load_recogniser(cfg, checkpoint)

    def score(pixels, predictor=reference):
        packed = [dict(samples[0], inputs=torch.from_numpy(p)) for p in pixels]
        return predictor.predict(packed)

    seen = []
    checks = verify(score, reference, samples, seen.append)
    assert len(checks) == len(seen) == 4
    assert verify(score, reference, samples) == checks  # the same pixels
    assert max(check.error for check in checks) < 1e-5 < TOLERANCE
    other = copy.deepcopy(cfg)
    other.model.data_preprocessor.type = 'ActionDataPreprocessor'
    without_mean = load_recogniser(other, checkpoint)
    for wrong in (
            lambda x: score(x, without_mean),
            lambda x: score(x[:, ::-1].copy()),  # frames in reverse
            lambda x: score(x)[::-1],  # clips mixed up
            lambda x: score(x[:1].repeat(len(x), axis=0)),
            lambda x: np.log(score(x)),
            lambda x: score(x) * np.nan,
            lambda x: score(x)[:1],
            lambda x: score(x) * (1 + 2 * TOLERANCE)):
        with pytest.raises(ValueError, match='is not the checkpoint'):
            verify(wrong, reference, samples)
