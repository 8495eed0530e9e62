# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
from mmaction.registry import TRANSFORMS

from .expression_frames import LoadExpressionFrames


@TRANSFORMS.register_module()
class LoadExpressionClip(LoadExpressionFrames):
    """Load T = ``num_frames`` frames, evenly spaced from onset to offset
    (inclusive). Keys: see the base class; ``FormatShape`` with
    ``input_format='NCHW'`` treats them as T segments."""

    def __init__(self, num_frames: int = 8) -> None:
        self.num_frames = num_frames

    def choose(self, onset: int, apex: int, offset: int) -> np.ndarray:
        """T frame numbers, including both ends."""
        return np.linspace(onset, offset, self.num_frames).round().astype(int)
