# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from torch import nn

from benchmarks import floor


def test_work_of_a_small_network():
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False), nn.ReLU(), nn.Flatten(),
        nn.Linear(4 * 6 * 6, 5))
    x = torch.zeros(2, 3, 8, 8)
    work = floor.count_work(net, lambda: net(x))
    outputs = 2 * 4 * 6 * 6
    assert work.flops == 2 * (outputs * 3 * 9 + 2 * 5 * 144)
    numbers = (2 * 3 * 64 + 4 * 27 + outputs) + (outputs + 5 * 144 + 10)
    assert work.bytes == 4 * numbers
    with pytest.raises(RuntimeError):
        floor.count_work(net, lambda: net(torch.zeros(3)))
    assert not net[0]._forward_hooks  # nothing stays behind


def test_note(monkeypatch):
    assert 1e7 < floor.matmul_rate(torch.float32, 128) < 1e14
    assert 1e7 < floor.copy_rate(2**20) < 1e13
    monkeypatch.setattr(floor, 'matmul_rate', lambda dtype: 1e10)
    monkeypatch.setattr(floor, 'copy_rate', lambda: 1e9)
    note = floor.floor_note('x', floor.Work(10**9, 5 * 10**8), torch.float32,
                            1.)
    assert '100 ms' in note and '500 ms' in note
    assert note.endswith('measured 1000 ms, 2.0 times the larger of the two.')
