# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .detections import *  # noqa: F401,F403
from .functional import *  # noqa: F401,F403
from .metrics import *  # noqa: F401,F403
from .predictions import *  # noqa: F401,F403
