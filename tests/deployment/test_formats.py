# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import zipfile

import pytest
import torch

from mmaction_microaction.deployment import FORMATS, export_model, format_of
from mmaction_microaction.deployment.formats import MIN_OPSET
from mmaction_microaction.inference.model_facts import FACTS_KEY


def test_format_of():
    assert format_of('a/b.ONNX').name == 'ONNX'
    assert {format_of(f'm{s}').name
            for s in FORMATS} == {'ONNX', 'TorchScript', 'torch.export'}
    for path in ('model', 'model.pth', 'model.onnx.gz'):
        with pytest.raises(ValueError, match='known are'):
            format_of(path)


def read_facts(path):
    if path.endswith('.onnx'):
        onnx = pytest.importorskip('onnx')
        props = onnx.load(path).metadata_props
        return json.loads({p.key: p.value for p in props}[FACTS_KEY])
    with zipfile.ZipFile(path) as archive:
        name, = (
            n for n in archive.namelist() if n.endswith(f'{FACTS_KEY}.json'))
        return json.loads(archive.read(name))


@pytest.mark.parametrize('suffix', FORMATS)
def test_a_file_tells_the_facts_and_no_more(files, suffix, repo):
    path = files[suffix].path
    assert read_facts(path) == files[suffix].facts
    with open(path, 'rb') as f:
        content = f.read()
    # Neither folders of this machine nor pixels of a clip.
    assert str(repo).encode() not in content
    assert b'site-packages' not in content
    if suffix == '.pt2':
        with zipfile.ZipFile(path) as archive:
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
    assert [d.dim_value for d in dims[1:]] == [8, 3, 64, 64]
    out, = model.graph.output
    assert out.name == 'probabilities'
    kinds = {node.op_type for node in model.graph.node}
    assert 'Conv' in kinds and 'BatchNormalization' not in kinds
    assert {node.domain for node in model.graph.node} <= {'', 'ai.onnx'}


def test_opsets_that_do_not_exist(manet, tmp_path):
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    for opset in (MIN_OPSET - 1, 999):
        with pytest.raises(ValueError, match=f'opset must be {MIN_OPSET} to'):
            export_model(*manet, str(tmp_path / 'm.onnx'), opset=opset)
    assert not list(tmp_path.iterdir())


def test_files_of_others(tmp_path):
    path = str(tmp_path / 'm.pt')
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), path)
    with pytest.raises(ValueError, match='tools/deployment/export.py'):
        format_of(path).load(path)


def test_missing_packages(manet, tmp_path, monkeypatch):
    import importlib.util
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, 'find_spec', lambda name, *args: None
        if name == 'onnxscript' else find(name, *args))
    with pytest.raises(ImportError, match=r'onnxscript: .*\[onnx\]'):
        export_model(*manet, str(tmp_path / 'm.onnx'))
