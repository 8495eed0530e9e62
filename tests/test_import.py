# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What importing the package brings along, and where it is found."""
import importlib
import pkgutil
import re

import pytest
from mmaction import registry
from mmengine.registry import Registry

import mmaction_microaction


def test_what_takes_long_to_import_waits_until_needed(run_python):
    """sklearn with pandas takes 0.4 s, as long as all the rest of ours."""
    modules = run_python('import sys, mmaction_microaction.formats\n'
                         'print(*sys.modules)').split()
    assert 'mmaction_microaction.datasets.ma52' in modules
    hook = 'mmaction_microaction.visualization.confusion_matrix_hook'
    assert hook in modules
    assert 'mmaction_microaction.formats.label_studio' in modules
    for name in ('matplotlib', 'sklearn', 'pandas', 'triton',
                 'mmaction_microaction.synthetic',
                 'mmaction_microaction.deployment',
                 'mmaction_microaction.models.layers.gate_shift_triton'):
        assert name not in modules, name


def registered():
    """Registry, name and class of all that the package registers, but for the
    stand-ins of compat, which bear the host's names."""
    found = {}
    for registry_name, holder in vars(registry).items():
        if not isinstance(holder, Registry):
            continue
        for name, cls in holder.module_dict.items():
            module = getattr(cls, '__module__', '')
            if module.startswith('mmaction_microaction') and \
                    not module.startswith('mmaction_microaction.compat.'):
                found[f'{registry_name}.{name}'] = module
    return found


def test_many_are_registered():
    assert len(registered()) > 40


@pytest.mark.parametrize('name, module', sorted(registered().items()))
def test_a_registered_class_is_in_the_file_of_its_name(name, module):
    """``SEResNetTSM`` in ``se_resnet_tsm.py``; of a data set's name the last
    word may be left out, as the folder says it."""
    holder, name = name.split('.')
    file = module.rpartition('.')[2].replace('_', '')
    allowed = {name.lower()}
    if holder == 'DATASETS':
        allowed.add(name.lower().removesuffix('dataset'))
    assert file in allowed, module


def packages():
    names = [mmaction_microaction.__name__]
    names += [
        found.name for found in pkgutil.walk_packages(
            mmaction_microaction.__path__, 'mmaction_microaction.')
        if found.ispkg
    ]
    return names


@pytest.mark.parametrize('name', packages())
def test_every_package_lists_its_public_names(name):
    package = importlib.import_module(name)
    with open(package.__file__) as file:
        code = re.sub(r'^#.*$', '', file.read(), flags=re.M)
    if not code.strip():
        return  # a folder of modules that are imported one by one
    assert len(set(package.__all__)) == len(package.__all__) > 0
    for public in package.__all__:
        assert hasattr(package, public), public
