# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS


def sample(total, type='SpanSampleFrames', start_index=0, seed=0, **kwargs):
    """(W, T) frame indices."""
    np.random.seed(seed)
    transform = TRANSFORMS.build(dict(type=type, **kwargs))
    results = transform(dict(total_frames=total, start_index=start_index))
    assert results['frame_inds'].dtype == np.int32
    assert results['num_clips'] == kwargs.get('num_clips', 1)
    assert results['clip_len'] == kwargs['clip_len']
    assert results['frame_interval'] == kwargs.get('frame_interval', 1)
    return results['frame_inds'].reshape(-1, kwargs['clip_len'])


@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize('num_clips', [1, 3])
@pytest.mark.parametrize('clip_len, frame_interval', [(1, 1), (8, 1), (16, 4),
                                                      (32, 2)])
def test_within_range_and_in_order(clip_len, frame_interval, num_clips,
                                   test_mode):
    for total in [1, 2, 7, 20, 31, 32, 45, 62, 63, 64, 75, 200]:
        windows = sample(
            total,
            clip_len=clip_len,
            frame_interval=frame_interval,
            num_clips=num_clips,
            test_mode=test_mode)
        assert windows.shape == (num_clips, clip_len)
        assert windows.min() >= 0 and windows.max() < total
        assert (np.diff(windows, axis=1) >= 0).all()


@pytest.mark.parametrize('total', range(1, 14))
def test_several_training_windows_never_wrap(total):
    for seed in range(30):
        windows = sample(total, seed=seed, clip_len=4, num_clips=4)
        assert (np.diff(windows, axis=1) >= 0).all()
        assert windows.min() >= 0 and windows.max() < total


@pytest.mark.parametrize('num_clips', [1, 4])
@pytest.mark.parametrize('total', [63, 64, 75, 200])
def test_long_clips_as_the_host(total, num_clips):
    for test_mode in (True, False):
        if not test_mode and num_clips > 1 and total < 68:
            continue  # several windows would wrap in the host's training mode
        options = dict(
            clip_len=32,
            frame_interval=2,
            num_clips=num_clips,
            test_mode=test_mode)
        np.testing.assert_array_equal(
            sample(total, **options), sample(total, 'SampleFrames', **options))


def test_short_clip_where_the_host_wraps():
    options = dict(clip_len=32, frame_interval=2, test_mode=True)
    assert (np.diff(sample(50, 'SampleFrames', **options)) < 0).any()
    # The frame at the centre of each of 32 bins of 50 / 32 frames.
    expected = [int((i + 0.5) * 50 / 32) for i in range(32)]
    assert sample(50, **options)[0].tolist() == expected
    assert sample(50, start_index=1, **options)[0, 0] == expected[0] + 1
    assert sample(2, clip_len=4, test_mode=True)[0].tolist() == [0, 0, 1, 1]


def test_windows_share_the_frames():
    # 8 bins of 3 frames, three windows: every frame once.
    options = dict(clip_len=8, frame_interval=4)
    windows = sample(24, num_clips=3, test_mode=True, **options)
    assert sorted(windows.reshape(-1)) == list(range(24))
    # In training a window takes any frame of each bin.
    windows = np.concatenate(
        [sample(24, seed=i, **options) for i in range(99)])
    for i in range(8):
        assert set(windows[:, i]) == {3 * i, 3 * i + 1, 3 * i + 2}


def test_errors():
    with pytest.raises(ValueError, match='no frames'):
        sample(0, clip_len=8)
    for name in ('clip_len', 'frame_interval', 'num_clips'):
        with pytest.raises(ValueError, match=f'{name}.* at least 1'):
            sample(9, **{'clip_len': 8, name: 0})
