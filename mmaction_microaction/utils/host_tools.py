# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMAction2's own scripts, as its wheel carries them."""
import os.path as osp
import runpy

import mmaction
import torch.distributed as dist


def run_host_tool(name: str) -> None:
    """Run a script of the host with the current command line.

    Args:
        name (str): File under MMAction2's ``tools``, e.g. ``'train.py'``.

    Raises:
        FileNotFoundError: If the installed MMAction2 carries no scripts.
    """
    script = osp.join(osp.dirname(mmaction.__file__), '.mim', 'tools', name)
    if not osp.isfile(script):
        raise FileNotFoundError(
            f'{script} does not exist: this MMAction2 was installed without '
            'its scripts; pip install mmaction2==1.2.0')
    runpy.run_path(script, run_name='__main__')
    # The host leaves the group's threads running; now and then one of them is
    # still there when the interpreter goes, which aborts a process whose work
    # is done.
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
