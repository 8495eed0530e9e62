# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where MMAction2 and others are installed, without ``pkg_resources``."""
import importlib.util
import os.path as osp
import re
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution

import torch.distributed as dist

from .errors import UserRuntimeError

# What gloo, NCCL and PyTorch's store say of a process that does not answer.
_LOST = ('(?i)connection (closed|reset|refused)|timed out|broken pipe|'
         'remote process|ncclRemoteError')


def get_installed_path(package: str) -> str:
    """As mmengine's: the folder of a distribution or a module."""
    module = package
    with suppress(PackageNotFoundError):
        names = distribution(package).read_text('top_level.txt')
        module = names.split()[0] if names else package
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f'package {package} is not installed')
    return spec.submodule_search_locations[0]


def is_installed(package: str) -> bool:
    """As mmengine's."""
    with suppress(RuntimeError):
        return bool(get_installed_path(package))
    return False


def run_host_tool(name: str) -> None:
    """Run one of MMAction2's ``tools`` with the current command line, checked
    by :func:`.tool_parts.check_run`."""
    from .tool_parts import check_run  # needs the shims
    script = osp.join(get_installed_path('mmaction'), '.mim', 'tools', name)
    if not osp.isfile(script):
        raise FileNotFoundError(
            f'{script} does not exist: this MMAction2 was installed without '
            'its scripts; pip install mmaction2==1.2.0')
    spec = importlib.util.spec_from_file_location(f'host_{name[:-3]}', script)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    args = tool.parse_args()
    check_run(args)
    tool.parse_args = lambda: args
    try:
        tool.main()
    except RuntimeError as error:
        if dist.is_available() and dist.is_initialized() and \
                re.search(_LOST, str(error)):
            text = str(error).strip().partition('\n')[0][:200]
            raise UserRuntimeError(
                'another process of this run is gone, or hangs; its own '
                f'messages say why. --resume goes on ({text})') from error
        raise
    # The host leaves the group's threads running, which now and then aborts
    # the process when the interpreter goes.
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
