# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Test a checkpoint with MMAction2's own tools/test.py.

Accepts all flags of the stock script. --debug prints tracebacks of errors.

example:
  python tools/test.py configs/manet_r50_ma52.py work/epoch_80.pth \\
      --dump predictions.pkl
"""
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import run_host


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_host('test.py', __doc__, argv)


if __name__ == '__main__':
    sys.exit(main())
