# Copyright (c) mmaction-microaction contributors. All rights reserved.
from . import functional, metrics, predictions
from .functional import *  # noqa: F401,F403
from .metrics import *  # noqa: F401,F403
from .predictions import *  # noqa: F401,F403

__all__ = functional.__all__ + metrics.__all__ + predictions.__all__
