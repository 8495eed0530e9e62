# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

import pytest
import torch
from mmaction.models import ResNet
from mmaction.registry import MODELS

from mmaction_microaction.models import SEResNetTSM
from mmaction_microaction.models.layers import GatedShift


def small(**kwargs):
    model = SEResNetTSM(18, base_channels=16, **kwargs)
    model.eval()  # the host's ResNet.train returns nothing
    return model


def test_every_block_is_gated():
    model = SEResNetTSM(50)
    layers = [m for m in model.modules() if isinstance(m, GatedShift)]
    assert len(layers) == 3 + 4 + 6 + 3
    # C * C / 4 weights down and as many up again, for every block's input.
    gates = sum(m.net.in_channels**2 // 2 for m in layers)
    ours, host = (
        sum(p.numel() for p in m.parameters()) for m in (model, ResNet(50)))
    assert ours == host + gates and model.feat_dim == 2048
    # With the classification layer the paper's.
    assert (ours + 2048 * 52 + 52) / 1e6 == pytest.approx(31.58, abs=0.005)


def test_stages_are_chosen_one_by_one():
    model = small(gate_stages=(3, ), shift_stages=(0, 3))
    kinds = {
        name[:6]: (m.gate is not None, m.shift_div is not None)
        for name, m in model.named_modules() if isinstance(m, GatedShift)
    }
    assert kinds == {'layer1': (False, True), 'layer4': (True, True)}


@torch.no_grad()
@pytest.mark.parametrize('stages, blind', [((), True), (None, False)])
def test_time_matters_only_with_the_shift_and_within_a_clip(stages, blind):
    model = small(shift_stages=stages, num_segments=4)
    model.init_weights()
    x = torch.randn(8, 3, 32, 32)
    out = model(x)
    assert out.shape[1] == model.feat_dim == 128
    torch.testing.assert_close(out[4:], model(x[4:]))
    assert torch.allclose(out, model(x.flip(0)).flip(0), atol=1e-5) == blind


def test_stages_are_frozen_before_ddp_asks():
    net = SEResNetTSM(18, base_channels=8, frozen_stages=1)
    learning = {n for n, x in net.named_parameters() if x.requires_grad}
    assert {n.split('.')[0] for n in learning} == {
        'layer2', 'layer3', 'layer4'}  # yapf: disable


def test_imagenet_weights_from_a_file(tmp_path):
    """Of a ResNet-18 in torchvision's naming, with random weights."""
    host, state = ResNet(18).state_dict(), {}
    for name, value in host.items():
        if value.is_floating_point():
            value.normal_()
        name = name.replace('downsample.conv', 'downsample.0').replace(
            'downsample.bn', 'downsample.1').replace('.conv.weight', '.weight')
        state[re.sub(r'conv(\d)\.bn', r'bn\1', name)] = value
    state.update({'fc.weight': torch.zeros(2, 2), 'fc.bias': torch.zeros(2)})
    path = str(tmp_path / 'resnet18.pth')
    torch.save(state, path)
    model = SEResNetTSM(18, pretrained=path)
    model.init_weights()
    ours = {k.replace('.net.', '.'): v for k, v in model.state_dict().items()}
    for name, value in host.items():
        assert torch.equal(ours[name], value), name
    with pytest.raises(ValueError, match='no ResNet-34'):
        SEResNetTSM(34, pretrained=path).init_weights()


@torch.no_grad()
def test_checkpoints_of_the_host_fit():
    """TSM's; and without gates and shift it is a ResNet."""
    host = MODELS.build(dict(type='ResNetTSM', depth=18, pretrained=None))
    host.init_weights()  # compat: None means from scratch
    missing, unexpected = SEResNetTSM(18).load_state_dict(
        host.state_dict(), strict=False)
    assert not unexpected and all('.gate.' in key for key in missing)
    model, host = SEResNetTSM(18, gate_stages=(), shift_stages=()), ResNet(18)
    model.eval(), host.eval()
    model.load_state_dict(host.state_dict())
    x = torch.randn(8, 3, 32, 32)
    assert torch.equal(model(x), host(x))


@pytest.mark.parametrize('settings, match', [
    (dict(pretrained='x.pth'), 'base_channels=64'),
    (dict(gate_stages=(4, )), 'gate_stages'),
])
def test_wrong_settings(settings, match):
    with pytest.raises(ValueError, match=match):
        small(**settings)
