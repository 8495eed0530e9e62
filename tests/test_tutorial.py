# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The notebook of the documentation."""
import ast
import json
import os
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[1] / 'docs/tutorial.ipynb'


def test_tutorial_is_committed_without_outputs():
    cells = json.loads(NOTEBOOK.read_text())['cells']
    code = [cell for cell in cells if cell['cell_type'] == 'code']
    assert len(code) > 10
    assert not any(x['outputs'] or x['execution_count'] for x in code)


def test_tutorial_runs(tmp_path, monkeypatch, tool_env):
    """With a budget of one epoch, in a kernel of this interpreter."""
    nbformat = pytest.importorskip('nbformat')
    nbclient = pytest.importorskip('nbclient')
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    manager = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(argv=[
        sys.executable, '-m', 'ipykernel_launcher', '-f', '{connection_file}'
    ])
    for name in ('IPYTHONDIR', 'JUPYTER_RUNTIME_DIR'):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        km=manager,
        timeout=600,
        resources=dict(metadata=dict(path=str(tmp_path))))
    paths = os.pathsep.join([str(NOTEBOOK.parents[1]), *sys.path])
    client.execute(
        env=dict(
            tool_env,
            PYTHONPATH=paths,
            IPYTHONDIR=str(tmp_path / 'ipython'),
            MPLBACKEND='module://matplotlib_inline.backend_inline',
            TUTORIAL_BUDGET='tiny'))
    outputs = [
        output for cell in notebook.cells if cell.cell_type == 'code'
        for output in cell.outputs
    ]
    assert not [x for x in outputs if x.get('name') == 'stderr']
    data = [x.data for x in outputs if 'data' in x]
    # Frames of the classes, two losses, two timelines.
    assert sum('image/png' in x for x in data) == 5
    texts = [x['text/plain'] for x in data if 'text/plain' in x]
    assert any('ma52/action_top1' in x for x in texts)
    assert any('gestures/action_top1' in x for x in texts)
    scores = ast.literal_eval(next(x for x in texts if "'hello'" in x))
    assert sum(scores.values()) == pytest.approx(1, abs=.02)
    assert (tmp_path / 'tutorial_out/segments.eaf').is_file()
