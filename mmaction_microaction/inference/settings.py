# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How a model looks at a video. Times in seconds."""
from dataclasses import dataclass
from typing import Dict, Optional

import numpy as np

from mmaction_microaction.utils.errors import UserError
from .windows import check_merging, plan_windows

# That starts a segment: three in ten among 52. Where the F1 of detectors on
# generated sessions is largest, too (0.3 to 0.35).
THRESHOLD = .3


@dataclass(frozen=True)
class Settings:
    """What can be set for each video.

    Args:
        window (float, optional): By default 2, but up to 4 s are one clip.
        stride (float, optional): By default a quarter of the window.
        threshold (float, optional): Probability that starts a segment; by
            default 0.3, for a calibrated detector as fitted. Of such a one
            it is of confidences.
        stay (float, optional): That keeps it up; by default half of that.
        min_duration (float): Shortest segment from windows.
        max_gap (float): Longest gap from windows that is closed.
        batch_size (int, optional): Windows at a time; by default that of the
            config's test loader, at most 8.

    Raises:
        UserError: If a setting makes no sense, or two do not go together.
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
