# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Train a model: MMAction2's own tools/train.py, on today's packages.

Every flag is the stock script's: python tools/train.py --help
"""
import mmaction_microaction  # noqa: F401  installs the shims
from mmaction_microaction.utils.host_tools import run_host_tool

if __name__ == '__main__':
    run_host_tool('train.py')
