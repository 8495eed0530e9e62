# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmaction.registry import MODELS


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


def test_torchvision_address():
    from mmengine.runner import checkpoint
    assert checkpoint.get_torchvision_models()['resnet50'].endswith('.pth')
