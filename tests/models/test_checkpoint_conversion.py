# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The converter against an independent, plain MANet that bears the released
checkpoint's names."""
import pytest
import torch
from mmaction.models import ResNet
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmaction.registry import MODELS
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
        found = ours.cls_head.forward_all(ours.extract_feat(clips)[0])[:2]
        expected = plain(clips.flatten(0, 1))
    assert min(x.std() for x in expected) > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('keys, match', [
    (['backbone.layer1.0.conv1.weight'], 'another model'),
    ([], 'no complete MANet'),
    (['cls_head.fc_cls.weight'], 'no weights of gate'),
])
def test_other_checkpoints(keys, match):
    with pytest.raises(ValueError, match=match):
        CONVERTERS['official-manet'](dict.fromkeys(keys, torch.zeros(1)))
