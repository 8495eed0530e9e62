# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Merged streams against the networks they come from, by the tool."""
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

TOOL = 'convert/merge_rgbpose.py'
SIZES = dict(rgb=(1, 3, 8, 32, 32), pose=(1, 28, 32, 8, 8))
GAINED = {
    f'backbone.{x}.0.{conv}.conv.weight': channels
    for x, channels in (('rgb_path.layer3', 8), ('rgb_path.layer4', 16),
                        ('pose_path.layer2', 2), ('pose_path.layer3', 4))
    for conv in ('conv1', 'downsample')
}


def build(config, **head):
    """A model of a config with weights and statistics like a trained one's."""
    torch.manual_seed(len(config))
    cfg = dict(Config.fromfile(config).model, **head)
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(cfg).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.normal_(module.running_mean, std=.1)
            nn.init.uniform_(module.running_var, .8, 1.2)
    return model


@pytest.fixture(scope='module')
def parts(repo, tmp_path_factory):
    """The config of the merged model, and by stream a network and its file."""
    folder, found = tmp_path_factory.mktemp('parts'), {}
    configs = repo / 'configs'
    for name in SIZES:
        net = build(str(configs / f'rgbpose_{name}_ma52sample.py'))
        path = folder / f'{name}.pth'
        torch.save(dict(state_dict=net.state_dict()), path)
        found[name] = net, path
    return configs / 'pcan_rgbpose_ma52sample.py', found


def test_each_stream_says_what_its_network_said(parts, run_tool, tmp_path):
    config, found = parts
    files = [path for _, path in found.values()]
    ran = run_tool(TOOL, *files, tmp_path / 'o.pth', '--config', config)
    assert ran.code == 0, ran.err
    weights = torch.load(tmp_path / 'o.pth')['state_dict']
    head = dict(
        type='RGBPoseHead',
        num_classes=52,
        in_channels=(128, 32),
        average_clips=None)
    # The lateral connections of the model are random, not zero.
    model = build(str(config), cls_head=head)
    missing, unknown = model.load_state_dict(weights, strict=False)
    assert not unknown
    assert missing and all('_lateral.' in key for key in missing)
    inputs = {name: torch.randn(size) for name, size in SIZES.items()}
    with torch.no_grad():
        feats = model.backbone(inputs['rgb'], inputs['pose'])
        scores = model.cls_head(feats)
        for name, (net, _) in found.items():
            expected = net.cls_head(net.backbone(inputs[name]))
            torch.testing.assert_close(
                scores[name], expected, rtol=1e-5, atol=1e-6)
    # What it says: the eight convolutions, and what nobody has trained.
    assert len(GAINED) == 8
    for key, channels in GAINED.items():
        assert f'zeros for {channels} new input channels of {key}' in ran.out
        assert not weights[key][:, -channels:].any()
        assert weights[key][:, -channels - 1].any()
    left = ran.out.split('left to the initialisation: ')[1]
    for key in ('rgb_path.layer2_lateral.conv', 'fr_pose.', 'fc_rgb_coarse.'):
        assert key in left
    assert 'cls_head.fc_rgb.weight' not in left


@pytest.mark.parametrize(
    'change, words',
    [
        (lambda rgb, pose:
         (pose, rgb), ['rgb: backbone.conv1.conv.weight has']),
        (lambda rgb, pose:
         (dict(rgb, extra=torch.ones(1)), pose), ['extra has no place']),
        (lambda rgb, pose: ({
            k: v
            for k, v in rgb.items() if 'fc_cls' not in k
        }, pose), ['nothing for cls_head.fc_rgb.weight']),
        # Channels of the input are no channels of the other stream.
        (lambda rgb, pose:
         (rgb, {
             k: v[:, :17] if k == 'backbone.conv1.conv.weight' else v
             for k, v in pose.items()
         }), ['(8, 17, 1, 7, 7)', '(8, 28, 1, 7, 7)']),
        (lambda rgb, pose:
         (dict(rgb, **{'cls_head.fc_cls.bias': torch.full(
             (52, ), torch.nan)}), pose), ['NaN']),
    ])
def test_what_does_not_fit_is_refused(change, words, parts, run_tool,
                                      tmp_path):
    config, found = parts
    files = [tmp_path / 'rgb.pth', tmp_path / 'pose.pth']
    for path, weights in zip(
            files, change(*(net.state_dict() for net, _ in found.values()))):
        torch.save(weights, path)
    out = tmp_path / 'o.pth'
    ran = run_tool(TOOL, *files, out, '--config', config)
    assert ran.code == 2 and not out.exists()
    assert all(word in ran.err for word in words), ran.err


def test_config_of_another_model(parts, run_tool, repo, tmp_path):
    _, found = parts
    files = [path for _, path in found.values()]
    ran = run_tool(TOOL, *files, tmp_path / 'o.pth', '--config',
                   repo / 'configs/rgbpose_rgb_ma52sample.py')
    assert ran.code == 2 and 'RGBPoseConv3D' in ran.err
