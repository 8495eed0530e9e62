# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Train a model with MMAction2's own tools/train.py.

Accepts all flags of the stock script. --debug prints tracebacks of errors.

example:
  python tools/train.py configs/manet_r50_ma52.py --work-dir work \\
      --cfg-options train_dataloader.batch_size=8
"""
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import run_host


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_host('train.py', __doc__, argv)


if __name__ == '__main__':
    sys.exit(main())
