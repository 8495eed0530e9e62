# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import Tuple

import numpy as np
from mmaction.registry import TRANSFORMS

from .expression_frames import LoadExpressionFrames


@TRANSFORMS.register_module()
class LoadOnsetApex(LoadExpressionFrames):
    """Load the onset and the apex frame, in this order.

    With ``jitter``, for training, and L1 = apex - onset, L2 = offset - apex,
    the onset is sampled from [onset, onset + int(.2 L1 / 4)] and the apex from
    [apex - int(.15 L1 / 4), apex + int(.15 L2 / 4)], ends included, by
    ``np.random`` (Li et al., "MMNet", IJCAI 2022, the authors' training
    script). Missing frames are replaced by the nearest. Keys: see the base
    class, with T = 2.
    """

    def __init__(self, jitter: bool = False) -> None:
        self.jitter = jitter

    def choose(self, onset: int, apex: int, offset: int) -> Tuple[int, int]:
        """Frame numbers of onset and apex, with jitter."""
        if not self.jitter:
            return onset, apex
        rise, fall = apex - onset, offset - apex
        return (np.random.randint(onset, onset + int(.2 * rise / 4) + 1),
                np.random.randint(apex - int(.15 * rise / 4),
                                  apex + int(.15 * fall / 4) + 1))
