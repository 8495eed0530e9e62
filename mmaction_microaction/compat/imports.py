# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the host imports, and where it is not."""
import importlib
import importlib.metadata
import importlib.util
import os.path as osp
import sys
import types

from mmaction_microaction.utils import host


def alias_importlib_metadata() -> None:
    """Offer the standard library's metadata module under its old name.

    Symptom: ``ModuleNotFoundError: importlib_metadata``, which the host does
    not declare. Hit: mmaction2 1.2.0. Delete when it declares or drops it.
    """
    if importlib.util.find_spec('importlib_metadata') is None:
        sys.modules['importlib_metadata'] = importlib.metadata


def replace_pkg_resources() -> None:
    """Find installed packages without ``pkg_resources``.

    Symptom: ``ModuleNotFoundError: pkg_resources`` once a config inherits by
    ``package::``. Hit: setuptools >= 81 with mmengine 0.10.7. Delete when
    mmengine uses importlib.metadata.
    """
    if importlib.util.find_spec('pkg_resources') is not None:
        return
    from mmengine.config import config
    from mmengine.utils import package_utils

    for module in (package_utils, config):
        module.get_installed_path = host.get_installed_path
        module.is_installed = host.is_installed


def leave_out_vindlu() -> None:
    """Let ``import mmaction.models`` succeed beside a newer transformers.

    Symptom: ``ImportError: cannot import name 'apply_chunking_to_forward' from
    'transformers.modeling_utils'``. Hit: transformers 5. VindLU is then as it
    is without transformers. Delete when the host imports it from where it is.
    """
    spec = importlib.util.find_spec('transformers')
    file = spec and osp.join(osp.dirname(spec.origin), 'modeling_utils.py')
    if not file or not osp.isfile(file):
        return
    with open(file, encoding='utf-8') as f:
        if 'apply_chunking_to_forward' in f.read():
            return
    from mmaction.utils import dependency
    dependency.WITH_MULTIMODAL = False


def stand_in_for_drn() -> None:
    """Let ``import mmaction.models`` succeed without ``localizers/drn``.

    Symptom: ``ModuleNotFoundError: mmaction.models.localizers.drn``: the
    folder is missing from the wheel (open-mmlab/mmaction2#2714). Hit:
    mmaction2 1.2.0 from the registry. Delete when a release ships it.
    """
    name = 'mmaction.models.localizers.drn'
    root = importlib.util.find_spec('mmaction').submodule_search_locations[0]
    file = osp.join(root, 'models', 'localizers', 'drn', 'drn.py')
    if f'{name}.drn' in sys.modules or osp.isfile(file):
        return
    from mmaction.registry import MODELS

    @MODELS.register_module(name='DRN', force=True)
    class DRN:

        def __init__(self, *args, **kwargs) -> None:
            raise ImportError('the installed mmaction2 lacks DRN (open-mmlab/'
                              'mmaction2#2714); its repository has it')

    module = types.ModuleType(name)
    module.__path__, module.drn, module.DRN = [], module, DRN
    sys.modules[name] = sys.modules[f'{name}.drn'] = module


def find_torchvision_urls_without_torchvision() -> None:
    """Resolve ``pretrained='torchvision://resnet50'`` without torchvision.

    Symptom: ``ModuleNotFoundError: torchvision``, although mmengine ships the
    table of addresses. Delete when the host depends on torchvision.
    """
    if importlib.util.find_spec('torchvision') is not None:
        return
    from mmengine import fileio, hub
    from mmengine.runner import checkpoint
    table = osp.join(osp.dirname(hub.__file__), 'torchvision_0.12.json')
    checkpoint.get_torchvision_models = lambda: fileio.load(table)
