# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import zipfile

import pytest
import torch

from mmaction_microaction.deployment import FORMATS, format_of
from mmaction_microaction.inference.model_facts import FACTS_KEY


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
    assert [d.dim_value for d in dims[1:]] == [8, 3, 32, 32]
    out, = model.graph.output
    assert out.name == 'probabilities'
    kinds = {node.op_type for node in model.graph.node}
    assert 'Conv' in kinds and 'BatchNormalization' not in kinds
    assert {node.domain for node in model.graph.node} <= {'', 'ai.onnx'}


def test_files_of_others(tmp_path):
    path = str(tmp_path / 'm.pt')
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), path)
    with pytest.raises(ValueError, match='tools/deployment/export.py'):
        format_of(path).load(path)
