# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where MMAction2 and others are installed, without ``pkg_resources``."""
import importlib.metadata
import importlib.util
import os.path as osp
import runpy
from typing import Optional

import torch.distributed as dist


def find_package(package: str) -> Optional[str]:
    """The folder of a distribution (``'mmaction2'``) or of the module that it
    holds (``'mmaction'``), or None."""
    try:
        names = importlib.metadata.distribution(package).read_text(
            'top_level.txt')
        package = names.split()[0] if names else package
    except importlib.metadata.PackageNotFoundError:
        pass
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return spec.submodule_search_locations[0]


def get_installed_path(package: str) -> str:
    """As mmengine's: the folder of a package, or RuntimeError."""
    path = find_package(package)
    if path is None:
        raise RuntimeError(f'package {package} is not installed')
    return path


def is_installed(package: str) -> bool:
    """As mmengine's function of the same name."""
    return find_package(package) is not None


def run_host_tool(name: str) -> None:
    """Run a script of MMAction2's ``tools``, such as ``'train.py'``, with the
    current command line."""
    script = osp.join(get_installed_path('mmaction'), '.mim', 'tools', name)
    if not osp.isfile(script):
        raise FileNotFoundError(
            f'{script} does not exist: this MMAction2 was installed without '
            'its scripts; pip install mmaction2==1.2.0')
    runpy.run_path(script, run_name='__main__')
    # The host leaves the group's threads running, which now and then aborts
    # the process when the interpreter goes.
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
