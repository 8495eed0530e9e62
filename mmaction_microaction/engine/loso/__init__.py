# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Leave one subject out: every fold by the stock tools, one table of all."""
from .fold import EPOCH_RULES, Fold, fold_config, loso_config
from .report import LosoReport
from .run import LosoRun

__all__ = [
    'EPOCH_RULES', 'Fold', 'LosoReport', 'LosoRun', 'fold_config',
    'loso_config'
]
