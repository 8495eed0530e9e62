# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

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


def test_a_config_alone_installs_the_shims(run_python, repo):
    out = run_python(f'''
        from mmengine.config import Config
        cfg = Config.fromfile({str(repo / 'configs/c3d_ma52.py')!r})
        import mmaction.models
        from mmaction.registry import MODELS
        print(MODELS.get('SEResNetTSM').__name__)
        ''')
    assert out.split()[-1] == 'SEResNetTSM'
