# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from mmaction_microaction import compat


def test_installing_again_changes_nothing():
    from mmaction.models import ResNetTSM
    from mmaction.models.heads.base import BaseHead
    before = ResNetTSM.init_weights, BaseHead.loss_by_feat
    compat.install()
    assert (ResNetTSM.init_weights, BaseHead.loss_by_feat) == before


def test_every_shim_is_documented(repo):
    page = (repo / 'docs' / 'compat.md').read_text()
    lines = re.findall(r'^\| `(\w+)` \|', page, re.M)
    assert lines == [shim.__name__ for shim in compat._SHIMS]
    for shim in compat._SHIMS:
        for word in ('Symptom:', 'Delete when'):
            assert word in shim.__doc__, (shim.__name__, word)


def test_off_leaves_the_host_as_it_is(run_python):
    """Importing ours fails as the host does, or works and changes nothing."""
    out = run_python(
        '''
        def attempt(name):
            try:
                __import__(name)
            except Exception as error:
                return f'{type(error).__name__}: {error}'
        print(attempt('mmaction_microaction') == attempt('mmaction.models'))
        from mmengine.infer import BaseInferencer
        from mmengine.runner.checkpoint import CheckpointLoader
        print(BaseInferencer._init_model.__module__,
              CheckpointLoader._schemes[''].__module__)
        ''',
        MICROACTION_COMPAT='off')
    same, *modules = out.split()[-3:]
    assert same == 'True'
    assert modules == ['mmengine.infer.infer', 'mmengine.runner.checkpoint']


def test_drn_says_why_it_is_missing():
    import mmaction.models  # noqa: F401  would fail without the shim
    if 'mmaction_microaction' not in MODELS.get('DRN').__module__:
        pytest.skip('this mmaction2 has the DRN localizer')
    with pytest.raises(ImportError, match='mmaction2#2714'):
        MODELS.build(dict(type='DRN'))


def test_hosts_that_lack_a_module(run_python, repo):
    out = run_python(f'''
        import importlib.util, sys
        sys.modules['pkg_resources'] = None
        real = importlib.util.find_spec
        importlib.util.find_spec = lambda n, p=None: None if n in (
            'importlib_metadata', 'pkg_resources') else real(n, p)
        from mmaction_microaction import compat
        import mmaction.utils.dependency
        from mmengine.config import Config
        cfg = Config.fromfile({str(repo / 'configs/tsm_r50_ma52.py')!r})
        from mmengine.utils import package_utils
        print(cfg.model.backbone.type, package_utils.is_installed('mmaction'),
              package_utils.is_installed('nothing_of_this_name'))
        ''')
    assert out.split()[-3:] == ['ResNetTSM', 'True', 'False']


def test_a_newer_transformers(run_python, tmp_path):
    """It lacks what VindLU imports, which is then as without it."""
    (tmp_path / 'transformers').mkdir()
    for name in ('__init__', 'modeling_utils'):
        (tmp_path / 'transformers' / f'{name}.py').touch()
    info = tmp_path / 'transformers-5.17.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Name: transformers\nVersion: 5.17.0\n')
    out = run_python(f'''
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import mmaction_microaction
        from mmaction.registry import MODELS
        try:
            MODELS.build(dict(type='VindLUVQA'))
        except ImportError as error:
            print('extras:', 'multimodal' in str(error))
        ''')
    assert out.split()[-2:] == ['extras:', 'True']


def test_a_config_alone_installs_the_shims(run_python, repo):
    out = run_python(f'''
        from mmengine.config import Config
        cfg = Config.fromfile({str(repo / 'configs/c3d_ma52.py')!r})
        import mmaction.models
        from mmaction.registry import MODELS
        print(MODELS.get('SEResNetTSM').__name__)
        ''')
    assert out.split()[-1] == 'SEResNetTSM'


@pytest.mark.parametrize('cfg', [
    dict(type='ResNetTSM', depth=18, pretrained=None),
    dict(type='ResNetTIN', depth=18, pretrained=None),
    dict(
        type='UniFormer', depth=[1, 1, 1, 1], embed_dim=[64, 64, 64, 64]),
    dict(type='SwinTransformer3D', arch='tiny', pretrained=None)
], ids=lambda c: c['type'])  # yapf: disable
def test_pretrained_none_means_from_scratch(cfg):
    MODELS.build(cfg).init_weights()


def test_torchvision_address_and_np_inf():
    from mmengine.runner import checkpoint
    assert checkpoint.get_torchvision_models()['resnet50'].endswith('.pth')
    assert np.Inf == float('inf')


def test_accuracy_of_bfloat16_scores():
    from mmaction.structures import ActionDataSample
    head = MODELS.build(dict(type='TSNHead', num_classes=5, in_channels=8))
    sample = ActionDataSample()
    sample.set_gt_label(3)
    losses = head.loss_by_feat(torch.randn(1, 5).bfloat16(), [sample])
    assert losses['loss_cls'].dtype == torch.float32


@pytest.mark.parametrize('out_type', ['video', 'gif', 'img'])
def test_stock_visualizer_writes(out_type, tmp_path):
    from mmaction.visualization import LocalVisBackend
    backend = LocalVisBackend(str(tmp_path))
    frames = np.zeros((5, 33, 64, 3), np.uint8)
    frames[..., 0] = 200  # blue, as the host hands BGR over
    backend.add_video('clip.avi', frames, fps=10, out_type=out_type)
    if out_type == 'video':
        import decord
        reader = decord.VideoReader(str(next(tmp_path.rglob('*.mp4'))))
        assert len(reader) == 5
        picture = reader[2].asnumpy()
    else:
        from PIL import Image
        kind, number = dict(gif=('gif', 1), img=('png', 5))[out_type]
        pictures = sorted(tmp_path.rglob(f'*.{kind}'))
        assert len(pictures) == number
        picture = np.asarray(Image.open(pictures[0]).convert('RGB'))
    red, _, blue = picture.mean((0, 1))
    assert blue > 150 > 50 > red


@pytest.mark.parametrize('amp', [True, False])
def test_bfloat16_convolution_that_strides_over_frames(amp):
    """A crash ends the test run: it did in most of ten such calls."""
    conv = torch.nn.Conv3d(64, 128, (5, 1, 1), (8, 1, 1), (2, 0, 0))
    x = torch.randn(1, 64, 32, 8, 8)
    wanted = conv(x)
    if not amp:
        conv, x = conv.bfloat16(), x.bfloat16()
    for _ in range(10):
        with torch.autocast('cpu', torch.bfloat16, enabled=amp):
            out = conv(x)
        assert out.dtype == torch.bfloat16
        assert (out - wanted).norm() < .01 * wanted.norm()
        out.float().sum().backward()


def test_other_convolutions_stay_in_bfloat16():
    conv = torch.nn.Conv3d(4, 4, 3, 2, 1).bfloat16()
    x = torch.randn(1, 4, 4, 8, 8, dtype=torch.bfloat16)
    assert conv(x).dtype == torch.bfloat16
    wide = torch.nn.Conv3d(4, 4, 1, (2, 1, 1))
    assert wide(x.float()).dtype == torch.float32
