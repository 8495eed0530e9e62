# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS


def sample(total, fps=30., **kwargs):
    transform = TRANSFORMS.build(dict(type='SampleWholeClip', **kwargs))
    return transform(dict(total_frames=total, fps=fps, duration=1.))


@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize('stride', [1, 2, 4, 7])
def test_every_step_has_a_frame_of_its_own(stride, test_mode):
    for total in (1, 2, 5, 146, 255, 256, 257, 451):
        results = sample(
            total, max_frames=256, stride=stride, test_mode=test_mode)
        frames, step = results['frame_inds'], results['frame_interval']
        assert frames.dtype == np.int32 and frames.ndim == 1
        assert len(frames) == results['clip_len'] <= 256
        assert frames.min() >= 0 and frames.max() < total
        np.testing.assert_array_equal(frames // step, np.arange(len(frames)))
        # The whole clip is seen, and the grid knows its rate.
        assert len(frames) * step >= total > (len(frames) - 1) * step
        assert results['grid_fps'] == 30 / step
        assert results['duration'] == total / 30
        assert results['num_clips'] == 1


def test_stride_and_place_within_a_step():
    for total, stride in ((199, 2), (200, 2), (201, 3), (300, 3), (301, 4)):
        found = sample(total, max_frames=100, stride=2)
        assert found['frame_interval'] == stride
    middle = sample(40, max_frames=64, stride=5, test_mode=True)
    assert middle['frame_inds'].tolist() == [2, 7, 12, 17, 22, 27, 32, 37]
    seen = {
        tuple(sample(40, max_frames=64, stride=5)['frame_inds'])
        for _ in range(100)
    }
    assert seen == {tuple(range(i, 40, 5)) for i in range(5)}


@pytest.mark.parametrize('total, fps, stride, message',
                         [(9, 30., 0, 'stride'), (0, 30., 1, 'total_frames=0'),
                          (9, None, 1, 'fps')])
def test_errors(total, fps, stride, message):
    with pytest.raises(ValueError, match=message):
        sample(total, fps, max_frames=8, stride=stride)
