# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Leave one subject out: folds run by the stock tools, and a joint table."""
from .fold import EPOCH_RULES, Fold, fold_config, loso_config
from .report import LosoReport
from .run import LosoRun

__all__ = [
    'EPOCH_RULES', 'Fold', 'LosoReport', 'LosoRun', 'fold_config',
    'loso_config'
]
