# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Settings of inference. Times in seconds."""
from dataclasses import dataclass
from typing import Dict, Optional

import numpy as np

from mmaction_microaction.utils.errors import UserError
from .windows import check_merging, plan_windows

# Starts a segment; among 52 classes, 0.3 is far above chance. The F1 of
# detectors on generated sessions is largest there, too (0.3 to 0.35).
THRESHOLD = .3


@dataclass(frozen=True)
class Settings:
    """Settings of inference on a video.

    Args:
        window (float, optional): Length of a window; by default 2, and a
            video up to 4 is one window.
        stride (float, optional): By default a quarter of the window.
        threshold (float, optional): Probability that starts a segment; by
            default 0.3. For a calibrated detector a confidence, by default
            the fitted thresholds of the classes.
        stay (float, optional): Probability that continues a segment
            (hysteresis); by default half of ``threshold``.
        min_duration (float): Shorter segments are dropped (recognisers).
        max_gap (float): Gaps up to this length are closed (recognisers).
        batch_size (int, optional): Windows per batch; by default that of the
            config's test loader, at most 8.

    Raises:
        UserError: If settings are invalid or incompatible.
    """
    window: Optional[float] = None
    stride: Optional[float] = None
    threshold: Optional[float] = None
    stay: Optional[float] = None
    min_duration: float = .5
    max_gap: float = 0.
    batch_size: Optional[int] = None

    def __post_init__(self) -> None:
        check_merging(**self.merging)
        plan_windows(np.zeros(1), 1., self.window, self.stride)  # checks them
        if self.batch_size is not None and self.batch_size < 1:
            raise UserError('batch_size must be at least 1, but got '
                            f'{self.batch_size}')

    @property
    def merging(self) -> Dict[str, float]:
        """Arguments of :func:`.windows.merge_steps`."""
        start = THRESHOLD if self.threshold is None else self.threshold
        return dict(
            threshold=start,
            stay=start / 2 if self.stay is None else self.stay,
            min_duration=self.min_duration,
            max_gap=self.max_gap)
