# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from torch import nn

from mmaction_microaction.models.layers import (GatedShift, SEGate,
                                                temporal_shift)


def test_gate_by_hand():
    gate = SEGate(8, ratio=4)
    x = torch.randn(3, 8, 4, 4)
    mean = x.flatten(2).mean(2)
    hidden = (mean @ gate.squeeze.weight.T).clamp(min=0)
    expected = 1 / (1 + (-(hidden @ gate.excite.weight.T)).exp())
    torch.testing.assert_close(gate(x)[..., 0, 0], expected)
    assert [n for n, _ in gate.named_parameters()
            ] == ['squeeze.weight', 'excite.weight']


def test_wrong_settings():
    for div in (0, 1):
        with pytest.raises(ValueError, match='shift_div'):
            GatedShift(nn.Conv2d(8, 8, 1), shift_div=div)
    with pytest.raises(ValueError, match='gate_ratio'):
        SEGate(10, ratio=4)


def test_frames_that_make_no_clips():
    with pytest.raises(ValueError, match='num_segments=8'):
        temporal_shift(torch.zeros(12, 8, 1, 1), 8, 8)
    with pytest.raises(ValueError, match=r'\[5, 8\]'):
        temporal_shift(torch.zeros(14, 8, 1, 1), [5, 8], 8)
