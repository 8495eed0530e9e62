# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The converter against an independent, plain MANet that bears the released
checkpoint's names."""
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn

from mmaction_microaction.models.checkpoint_conversion import (
    CONVERTERS, convert_official_manet)

T = 8


class ConvNorm(nn.Module):

    def __init__(self, c, k, size, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(c, k, size, stride, size // 2, bias=False)
        self.bn = nn.BatchNorm2d(k)

    def forward(self, x):
        return self.bn(self.conv(x))


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
        gated = torch.stack([
            frame * self.fcce(frame.mean((1, 2)))[:, None, None] for frame in x
        ])
        out, fold = gated.clone(), x.shape[1] // 8
        for i in range(len(x)):
            t = i % T
            out[i, :fold] = gated[i + 1, :fold] if t < T - 1 else 0
            out[i, fold:2 * fold] = \
                gated[i - 1, fold:2 * fold] if t > 0 else 0
        return self.net(out)


class Block(nn.Module):

    def __init__(self, c, k, stride):
        super().__init__()
        self.conv1 = nn.Module()
        self.conv1.conv, self.conv1.bn = Entrance(c, k), nn.BatchNorm2d(k)
        self.conv2 = ConvNorm(k, k, 3, stride)
        self.conv3 = ConvNorm(k, 4 * k, 1)
        self.downsample = None
        if stride > 1 or c != 4 * k:
            self.downsample = ConvNorm(c, 4 * k, 1, stride)

    def forward(self, x):
        out = self.conv1.bn(self.conv1.conv(x)).relu()
        out = self.conv3(self.conv2(out).relu())
        return (out + (self.downsample(x) if self.downsample else x)).relu()


class PlainMANet(nn.Module):

    def __init__(self):
        super().__init__()
        self.backbone, self.cls_head = nn.Module(), nn.Module()
        self.backbone.conv1 = ConvNorm(3, 64, 7, 2)
        c = 64
        for i, blocks in enumerate((3, 4, 6, 3)):
            k, stage = 64 * 2**i, []
            for j in range(blocks):
                stage.append(Block(c, k, 2 if i and not j else 1))
                c = 4 * k
            setattr(self.backbone, f'layer{i + 1}', nn.Sequential(*stage))
        self.cls_head.fc_cls = nn.Linear(2048, 52)
        self.cls_head.fc_emb = nn.Linear(2048, 300)
        self.cls_head.fc_emb_t = nn.Linear(300, 300)

    def forward(self, x):
        x = self.backbone.conv1(x).relu()
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        for i in range(1, 5):
            x = getattr(self.backbone, f'layer{i}')(x)
        x = x.mean((2, 3))
        embedding = self.cls_head.fc_emb_t(self.cls_head.fc_emb(x).tanh())
        return (self.cls_head.fc_cls(x).view(-1, T, 52).mean(1),
                embedding.view(-1, T, 300).mean(1))


@pytest.fixture(scope='module')
def plain():
    torch.manual_seed(0)
    model = PlainMANet()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval()


def test_the_reference_has_the_published_size(plain):
    """43.24 M parameters, 10.95 M of which never run."""
    idle = sum(p.numel() for n, p in plain.named_parameters()
               if 'action_p2' in n)
    total = sum(p.numel() for p in plain.parameters())
    # How the idle layers are shaped inside is not published; they are
    # dropped, so only what is left has to fit.
    assert (total - idle) / 1e6 == pytest.approx(43.24 - 10.95, abs=0.01)


def test_logits_and_embeddings_agree(plain, repo, run_tool, tmp_path):
    source, target = tmp_path / 'official.pth', tmp_path / 'ours.pth'
    # As mmcv 1.x writes it.
    torch.save(
        dict(
            meta=dict(epoch=40, iter=45000, config='model = dict()'),
            state_dict=plain.state_dict(),
            optimizer=dict(state={}, param_groups=[dict(lr=0.00125)])), source)
    done = run_tool('convert/convert_checkpoint.py', source, target, '--from',
                    'official-manet')
    assert done.code == 0 and 'dropped 48' in done.out, done.err
    cfg = Config.fromfile(str(repo / 'configs/manet_r50_ma52.py'))
    cfg.model.backbone.pretrained = None
    ours = MODELS.build(cfg.model).eval()
    state = torch.load(target, weights_only=True)['state_dict']
    ours.load_state_dict(state, strict=True)
    clips = torch.randn(2, T, 3, 64, 64)
    with torch.no_grad():
        feats, extra = ours.extract_feat(clips)
        logits, embedding, _ = ours.cls_head.forward_all(feats)
        expected, expected_embedding = plain(clips.flatten(0, 1))
    assert expected.std() > 1e-3 and expected_embedding.std() > 1e-3
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        embedding, expected_embedding, rtol=1e-4, atol=1e-4)


def test_keys(plain):
    converted, dropped = convert_official_manet(plain.state_dict())
    assert dropped and all('action_p2' in key for key in dropped)
    assert len(converted) + len(dropped) == len(plain.state_dict())
    parallel = {f'module.{k}': v for k, v in plain.state_dict().items()}
    assert convert_official_manet(parallel)[0].keys() == converted.keys()


@pytest.mark.parametrize('keys, match', [
    (['backbone.layer1.0.conv1.weight'], 'another model'),
    ([], 'no complete MANet'),
    (['cls_head.fc_cls.weight'], 'no weights for gate'),
])
def test_other_checkpoints(keys, match):
    with pytest.raises(ValueError, match=match):
        CONVERTERS['official-manet'](dict.fromkeys(keys, torch.zeros(1)))
