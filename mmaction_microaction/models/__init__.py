# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .backbones import *  # noqa: F401,F403
from .data_preprocessors import *  # noqa: F401,F403
from .detectors import *  # noqa: F401,F403
from .heads import *  # noqa: F401,F403
from .label_vectors import load_label_vectors  # noqa: F401
from .layers import DSTAAdapter, PositionCalibration, TIAAdapter  # noqa: F401
from .necks import *  # noqa: F401,F403
