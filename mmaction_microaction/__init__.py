# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Micro-action recognition for MMAction2 1.x.

On import, the package patches the host (``compat``) and registers all modules
in ``mmaction.registry``. The public names are listed below.
"""
from . import compat

compat.install()

from . import datasets, engine, evaluation, models  # noqa: E402,F401
from .inference import MicroActionInferencer  # noqa: E402
from .version import __version__  # noqa: E402
from .visualization import confusion_matrix_hook  # noqa: E402,F401

__all__ = [
    'MicroActionInferencer', '__version__', 'compat', 'datasets', 'engine',
    'evaluation', 'models'
]
