# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Test a checkpoint: MMAction2's own tools/test.py, on today's packages.

Every flag is the stock script's, and --debug shows where an error arose.

example:
  python tools/test.py configs/manet_r50_ma52.py work/epoch_80.pth \\
      --dump predictions.pkl
"""
import os.path as osp
import runpy
import sys
from argparse import Namespace
from importlib.util import find_spec
from typing import Optional, Sequence
from unittest import mock

SCRIPT = 'test.py'


def show_help() -> None:
    """Ours, then the host's, without what its script imports."""
    print(__doc__)
    script = osp.join(
        osp.dirname(find_spec('mmaction').origin), '.mim', 'tools', SCRIPT)
    heavy = ('mmengine.runner', 'mmaction', 'mmaction.registry')
    with mock.patch.dict(sys.modules, dict.fromkeys(heavy, mock.MagicMock())):
        runpy.run_path(script, run_name='__main__')


def main(argv: Optional[Sequence[str]] = None) -> int:
    argv = list(sys.argv[1:] if argv is None else argv)
    debug = '--debug' in argv
    argv = [word for word in argv if word != '--debug']
    with mock.patch.object(sys, 'argv', [sys.argv[0], *argv]):
        if {'-h', '--help'} & set(argv):
            show_help()
        import mmaction_microaction  # noqa: F401  installs the shims
        from mmaction_microaction.utils.errors import run_tool
        from mmaction_microaction.utils.host import run_host_tool
        return run_tool(lambda args: run_host_tool(SCRIPT),
                        Namespace(debug=debug))


if __name__ == '__main__':
    sys.exit(main())
