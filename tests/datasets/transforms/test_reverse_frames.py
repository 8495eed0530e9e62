# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS


@pytest.mark.parametrize('clip_len, num_clips, expected', [
    (1, 6, [5, 4, 3, 2, 1, 0]),
    (3, 2, [2, 1, 0, 5, 4, 3]),
    (1, 1, [0]),
])
def test_frames_of_each_window_are_reversed(clip_len, num_clips, expected):
    given = np.arange(clip_len * num_clips, dtype=np.int32)
    found = TRANSFORMS.build(dict(type='ReverseFrames'))(
        dict(frame_inds=given, clip_len=clip_len, num_clips=num_clips))
    assert found['frame_inds'].tolist() == expected
    assert found['frame_inds'].dtype == np.int32
