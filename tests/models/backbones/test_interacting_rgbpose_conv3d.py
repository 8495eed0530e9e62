# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Gates that do nothing, and their place; what they compute is compared in
tests/models/test_checkpoint_conversion.py."""
import pytest
import torch
from mmaction.models.backbones import RGBPoseConv3D

from mmaction_microaction.models import InteractingRGBPoseConv3D

SMALL = dict(interaction=True, hidden_channels=(16, 32))


def inputs(frames=8):
    return (torch.randn(1, 3, frames, 32,
                        32), torch.randn(1, 28, 4 * frames, 8, 8))


def gates(model):
    return [
        p for n, p in model.named_parameters()
        if n.startswith('interactions') and '_gate' in n
    ]


@pytest.mark.parametrize('kwargs', [{}, SMALL])
@pytest.mark.parametrize('options', [
    {},
    dict(rgb_detach=True, pose_detach=True),
    dict(rgb_drop_path=0.5, pose_drop_path=0.5),
])
def test_is_the_hosts_at_first(kwargs, options, pathways):
    """In value and gradient, dropped laterals of the same steps included."""
    host = RGBPoseConv3D(**pathways(), **options)
    ours = InteractingRGBPoseConv3D(**pathways(), **options, **kwargs)
    for model in (host, ours):
        model.init_weights()
    assert len(gates(ours)) == (8 if kwargs else 0)
    weights = dict(ours.state_dict(), **host.state_dict())
    ours.load_state_dict(weights, strict=True)
    assert kwargs or weights.keys() == host.state_dict().keys()
    for seed in range(3 if options else 1):
        x, found = inputs(), []
        for model in (host, ours):
            torch.manual_seed(seed)
            outputs = model(*x)
            sum(y.square().mean() for y in outputs).backward()
            found.append((outputs, model.rgb_path.conv1.conv.weight.grad,
                          model.pose_path.conv1.conv.weight.grad))
        torch.testing.assert_close(*found, rtol=0, atol=0)
    assert all(p.grad.abs().max() > 0 for p in gates(ours))


def test_other_lengths(pathways):
    model = InteractingRGBPoseConv3D(**pathways(), **SMALL).eval()
    x = inputs(frames=2)
    closed = model(*x)
    assert [y.shape[2] for y in closed] == [2, 8]
    for gate in gates(model):
        torch.nn.init.normal_(gate)
    assert not torch.allclose(model(*x)[0], closed[0])
    with pytest.raises(ValueError, match='multiple of 4 pose frames'):
        model(x[0], x[1][:, :, :7])
