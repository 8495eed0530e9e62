# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The converters against independent, plain models that bear the names of the
released checkpoints."""
import json

import pytest
import torch
import torch.nn.functional as F
from mmaction.models import ResNet
from mmaction.models.backbones import RGBPoseConv3D
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from torch import nn

from mmaction_microaction.models.checkpoint_conversion import (
    CONVERTERS, convert_official_manet)

T = 8


class Entrance(nn.Module):
    """Gate, shift and 1x1 convolution, and the layers that never run."""

    def __init__(self, c, k):
        super().__init__()
        self.net = nn.Conv2d(c, k, 1, bias=False)
        self.fcce = nn.Sequential(
            nn.Linear(c, c // 4, bias=False), nn.ReLU(),
            nn.Linear(c // 4, c, bias=False), nn.Sigmoid())
        self.action_p2_squeeze = nn.Conv2d(c, c // 16, 1, bias=False)
        self.action_p2_conv1 = nn.Conv1d(c // 16, c // 16, 3, bias=False)
        self.action_p2_expand = nn.Conv2d(c // 16, c, 1, bias=False)

    def forward(self, x):
        gate = self.fcce(x.mean((2, 3)))[..., None, None]
        return self.net(TemporalShift.shift(x * gate, T, shift_div=8))


class PlainMANet(nn.Module):
    """Inside the host's own ResNet, which has the names already."""

    def __init__(self):
        super().__init__()
        self.backbone, self.cls_head = ResNet(50), nn.Module()
        for stage in self.backbone.res_layers:
            for block in getattr(self.backbone, stage):
                c, k = block.conv1.in_channels, block.conv1.out_channels
                block.conv1.conv = Entrance(c, k)
        self.cls_head.fc_cls = nn.Linear(2048, 52)
        self.cls_head.fc_emb = nn.Linear(2048, 300)
        self.cls_head.fc_emb_t = nn.Linear(300, 300)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                for values in (module.weight, module.running_var):
                    nn.init.uniform_(values, 0.5, 1.5)
                for values in (module.bias, module.running_mean):
                    nn.init.normal_(values, std=0.1)

    def forward(self, x):
        x = self.backbone(x).mean((2, 3))
        embedding = self.cls_head.fc_emb_t(self.cls_head.fc_emb(x).tanh())
        return (self.cls_head.fc_cls(x).view(-1, T, 52).mean(1),
                embedding.view(-1, T, 300).mean(1))


def test_logits_and_embeddings_agree(repo, run_tool, tmp_path):
    plain = PlainMANet()
    plain.eval()
    # 43.24 M parameters are published, 10.95 M of which never run; how these
    # are shaped inside is not, so only what is left has to fit.
    size = sum(p.numel() for n, p in plain.named_parameters()
               if 'action_p2' not in n)
    assert size / 1e6 == pytest.approx(43.24 - 10.95, abs=0.01)
    weights = plain.state_dict()
    parallel = {f'module.{k}': v for k, v in weights.items()}
    converted, dropped = convert_official_manet(parallel)
    assert dropped == [key for key in weights if 'action_p2' in key]
    assert len(converted) + len(dropped) == len(weights)
    source, target = tmp_path / 'official.pth', tmp_path / 'ours.pth'
    # As mmcv 1.x writes it.
    rest = dict(meta=dict(epoch=40), optimizer=dict(state={}, param_groups=[]))
    torch.save(dict(rest, state_dict=weights), source)
    done = run_tool('convert/convert_checkpoint.py', source, target, '--from',
                    'official-manet')
    assert done.code == 0 and 'dropped 48' in done.out, done.err
    cfg = Config.fromfile(str(repo / 'configs/manet_r50_ma52.py'))
    cfg.model.backbone.pretrained = None
    ours = MODELS.build(cfg.model).eval()
    ours.load_state_dict(torch.load(target)['state_dict'], strict=True)
    clips = torch.randn(2, T, 3, 64, 64)
    with torch.no_grad():
        found = ours.cls_head.forward_all(ours.extract_feat(clips)[0])
        expected = plain(clips.flatten(0, 1))
    assert min(x.std() for x in expected) > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


class PlainGate(nn.Module):
    """PCAN's gates, head by head."""

    def __init__(self, rgb, pose, hidden):
        super().__init__()
        self.conv1 = nn.Conv3d(rgb, hidden, 1)
        self.conv2 = nn.Conv3d(pose, hidden, (4, 1, 1), (4, 1, 1))
        self.conv4 = nn.Conv3d(hidden, rgb, 1)
        self.conv5 = nn.ConvTranspose3d(hidden, pose, (4, 1, 1), (4, 1, 1))
        for name in ('rgb', 'skt'):
            names = ('q_proj', 'k_proj', 'v_proj', 'fc')
            linear = {x: nn.Linear(hidden, hidden) for x in names}
            setattr(self, f'{name}_cross_attn', nn.ModuleDict(linear))

    @staticmethod
    def attend(layers, x, y):
        q, k, v = (layers[f'{name}_proj'](z).chunk(8, dim=2)
                   for name, z in (('q', x), ('k', y), ('v', y)))
        heads = [(a @ b.mT / a.shape[2]**0.5).softmax(2) @ c
                 for a, b, c in zip(q, k, v)]
        return layers['fc'](torch.cat(heads, dim=2))

    def forward(self, rgb, pose):
        x, y = (
            F.adaptive_max_pool3d(z, (8, 1, 1))[..., 0, 0].mT
            for z in (self.conv1(rgb), self.conv2(pose)))
        x = self.attend(self.rgb_cross_attn, x, y)
        y = self.attend(self.skt_cross_attn, y, x)
        return (rgb * (1 + self.conv4(x.mT[..., None, None])),
                pose * (1 + self.conv5(y.mT[..., None, None])))


class PlainPCAN(nn.Module):
    """The host's backbone, with gates hooked in, and the released head."""

    def __init__(self, pathways, hidden, widths=(256, 128), dims=(128, 256)):
        super().__init__()
        self.backbone, self.cls_head = RGBPoseConv3D(**pathways), nn.Module()
        rgb, pose = self.backbone.rgb_path, self.backbone.pose_path
        for i, h in enumerate(hidden):
            channels = (widths[0] >> (2 - i), widths[1] >> (2 - i))
            gate = PlainGate(*channels, h)
            setattr(self.backbone, f'featuredifference{i + 2}', gate)
            self.hook(gate, channels, [
                getattr(path, f'layer{i + j}')
                for path, j in ((rgb, 2), (pose, 1), (rgb, 3), (pose, 2))
            ])
        head = self.cls_head
        for name, width in zip(('rgb', 'pose'), widths):
            setattr(head, f'fc_{name}', nn.Linear(width, 52))
            setattr(head, f'fc_{name}_coarse', nn.Linear(width, 7))
            for level, size in zip(('_coarse', ''), dims):
                net = nn.Module()
                net.spatio_cl_net = nn.Module()
                net.spatio_cl_net.cl_fc = nn.Linear(width, size)
                setattr(head, f'fr{level}_{name}', net)
            net.spatio_cl_net.avg_f = nn.Parameter(torch.randn(size, 52))

    @staticmethod
    def hook(gate, channels, layers):
        seen = {}
        for i, layer in enumerate(layers[:2]):
            layer.register_forward_hook(
                lambda module, args, out, i=i: seen.update({i: out}))
        for i, layer in enumerate(layers[2:]):
            layer.register_forward_pre_hook(
                lambda module, args, i=i: torch.cat(
                    [gate(*seen.values())[i], args[0][:, channels[i]:]], 1))

    def forward(self, imgs, heatmap_imgs):
        feats, scores, head = self.backbone(imgs, heatmap_imgs), [], \
            self.cls_head
        for name, gamma, x in zip(('rgb', 'pose'), (5, 1), feats):
            g, net = x.mean((2, 3, 4)), getattr(head, f'fr_{name}')
            net = net.spatio_cl_net
            near = F.normalize(net.cl_fc(g)) @ F.normalize(net.avg_f, dim=0)
            scores.append(
                ((getattr(head, f'fc_{name}')(g) + gamma * near).softmax(1),
                 getattr(head, f'fc_{name}_coarse')(g).softmax(1)))
        return [sum(x) / 2 for x in zip(*scores)]


def our_pcan(pathways, hidden, widths):
    return MODELS.build(
        dict(
            type='MMRecognizer3D',
            backbone=dict(
                type='InteractingRGBPoseConv3D',
                interaction=True,
                hidden_channels=hidden,
                **pathways),
            cls_head=dict(
                type='PCANHead',
                num_classes=52,
                in_channels=widths,
                compatible=True))).eval()


def randomize(weights):
    """Random weights that keep activations in bounds."""
    for key, value in weights.items():
        if 'running_var' in key or value.dim() == 1 and 'bn' in key:
            value.uniform_(0.5, 1.5)
        elif value.is_floating_point():
            value.normal_(std=max(1, value[0].numel())**-0.5)
    return weights


def clips(size):
    return dict(
        imgs=torch.randn(2, 1, 3, 8, size, size),
        heatmap_imgs=torch.randn(2, 1, 28, 32, size // 4, size // 4))


def test_pcan_predicts_as_released(pathways, run_tool, tmp_path):
    hidden, widths = (16, 32), (512, 128)
    plain = PlainPCAN(pathways(), hidden, widths).eval()
    plain.load_state_dict(randomize(plain.state_dict()))
    source, target = tmp_path / 'official.pth', tmp_path / 'ours.pth'
    torch.save(dict(state_dict=plain.state_dict()), source)
    done = run_tool('convert/convert_checkpoint.py', source, target, '--from',
                    'official-pcan')
    assert done.code == 0 and 'body prototypes: they start afresh' in \
        done.out, done.err
    ours = our_pcan(pathways(), hidden, widths)
    ours.load_state_dict(torch.load(target)['state_dict'], strict=True)
    x = clips(32)
    with torch.no_grad():
        expected = plain(*(v.flatten(0, 1) for v in x.values()))
        found = ours(x, [ActionDataSample() for _ in 'ab'], mode='predict')
    assert min(e.std(0).max() for e in expected) > 1e-3
    for name, values in zip(('pred_score', 'body_score'), expected):
        torch.testing.assert_close(
            torch.stack([sample.get(name) for sample in found]), values)


def test_pcan_of_the_released_shapes(shared_data, pathways, repo):
    """656 tensors; 590 are the host's, which gives the same without gates."""
    shapes = json.loads(
        (shared_data / 'pcan_official_shapes.json').read_text())
    weights = randomize({
        key:
        torch.zeros(shape, dtype=None if shape else torch.long)
        for key, shape in shapes.items()
    })
    assert len(weights) == 656
    converted, dropped = CONVERTERS['official-pcan'](weights)
    assert not dropped
    cfg = Config.fromfile(str(repo / 'configs/pcan_rgbpose_ma52.py'))
    cfg.merge_from_dict({
        'model.backbone.interaction': True,
        'model.cls_head.compatible': True
    })
    ours = MODELS.build(cfg.model).eval()
    ours.load_state_dict(converted, strict=True)
    size = sum(p.numel() for p in ours.parameters())
    assert size + 2 * 256 * 52 == 39_144_886  # prototypes counted there
    x = clips(32)
    with torch.no_grad():
        scores = [
            s.pred_score for s in ours(
                dict(x), [ActionDataSample() for _ in 'ab'], mode='predict')
        ]
    assert torch.stack(scores).sum(1).tolist() == pytest.approx([1, 1])
    stock = RGBPoseConv3D(**pathways(64, 32)).eval()
    stock.load_state_dict({
        key.removeprefix('backbone.'): value
        for key, value in weights.items() if '_path.' in key
    })
    assert len(stock.state_dict()) == 590
    ours.backbone.interactions.clear()
    x = [v.flatten(0, 1) for v in x.values()]
    with torch.no_grad():
        torch.testing.assert_close(ours.backbone(*x), stock(*x))


@pytest.mark.parametrize('source, keys, match', [
    ('official-manet', ['backbone.layer1.0.conv1.weight'], 'another model'),
    ('official-manet', [], 'no complete MANet'),
    ('official-manet', ['cls_head.fc_cls.weight'], 'no weights of gate'),
    ('official-pcan', ['cls_head.fc_cls.weight'], 'another model'),
    ('official-pcan', ['backbone.rgb_path.x'], 'no weights of pose_path'),
    ('official-pcan', [
        'backbone.rgb_path.x', 'backbone.pose_path.x',
        'cls_head.fr_rgb.spatio_cl_net.cl_fc.weight'
    ], 'no complete PCAN: no weights of cls_head.fr_rgb.prototypes'),
])
def test_other_checkpoints(source, keys, match):
    with pytest.raises(ValueError, match=match):
        CONVERTERS[source](dict.fromkeys(keys, torch.zeros(1)))
