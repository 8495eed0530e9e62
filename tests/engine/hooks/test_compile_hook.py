# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.engine.hooks import CompileHook


@pytest.fixture(autouse=True)
def forget_compiled_code():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


class Backbone(nn.Linear):

    def forward(self, x):
        return super().forward(x).relu()


def test_options_reach_torch_compile_and_names_stay():
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    model = nn.Module()
    model.backbone = Backbone(2, 3)
    x = torch.randn(4, 2)
    expected, names = model.backbone(x), list(model.state_dict())
    CompileHook(backend=backend).before_run(SimpleNamespace(model=model))
    torch.testing.assert_close(model.backbone(x), expected)
    assert len(graphs) == 1
    assert list(model.state_dict()) == names


def test_the_switch_of_the_command_line(tiny_manet):
    tiny_manet.merge_from_dict({
        'default_hooks.compile.type': 'CompileHook',
        'default_hooks.compile.backend': 'eager'
    })
    tiny_manet.val_dataloader = tiny_manet.val_cfg = None
    tiny_manet.val_evaluator = None
    runner = Runner.from_cfg(tiny_manet)
    torch._dynamo.utils.counters.clear()
    runner.train()
    assert torch._dynamo.utils.counters['frames']['ok'] > 0
    assert all(p.isfinite().all() for p in runner.model.parameters())
