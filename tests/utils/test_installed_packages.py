# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp

import mmaction
import pytest

from mmaction_microaction.utils.installed_packages import (find_package,
                                                           get_installed_path,
                                                           is_installed)


@pytest.mark.parametrize('name', ['mmaction', 'mmaction2'])
def test_module_and_distribution(name):
    folder = osp.dirname(mmaction.__file__)
    assert find_package(name) == get_installed_path(name) == folder
    assert is_installed(name)


def test_what_is_not_there():
    assert find_package('no_such_package') is None
    assert not is_installed('no_such_package')
    with pytest.raises(RuntimeError, match='no_such_package'):
        get_installed_path('no_such_package')
