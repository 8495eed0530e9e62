# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import zipfile
from pathlib import Path

import pytest

from mmaction_microaction.deployment import FORMATS
from mmaction_microaction.inference.model_facts import FACTS_KEY


def read_facts(path):
    if path.endswith('.onnx'):
        onnx = pytest.importorskip('onnx')
        props = onnx.load(path).metadata_props
        return {p.key: p.value for p in props}[FACTS_KEY]
    with zipfile.ZipFile(path) as archive:
        name, = (
            x for x in archive.namelist() if x.endswith(f'{FACTS_KEY}.json'))
        return archive.read(name)


@pytest.mark.parametrize('suffix', FORMATS)
def test_a_file_tells_the_facts_and_no_more(files, suffix, repo):
    path = files[suffix].path
    assert json.loads(read_facts(path)) == files[suffix].facts
    content = Path(path).read_bytes()
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
