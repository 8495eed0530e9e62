# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

import mmaction_microaction  # noqa: F401


def sample(total, type='SpanSampleFrames', start_index=0, **kwargs):
    """(W, T) frame indices."""
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


@pytest.mark.parametrize('num_clips', [1, 4])
@pytest.mark.parametrize('total', [63, 64, 75, 200])
def test_long_clips_as_the_host(total, num_clips):
    options = dict(
        clip_len=32, frame_interval=2, num_clips=num_clips, test_mode=True)
    np.testing.assert_array_equal(
        sample(total, **options), sample(total, 'SampleFrames', **options))
    if num_clips > 1 and total < 68:
        return  # several windows would wrap in the host's training mode
    options['test_mode'] = False
    np.random.seed(0)
    ours = sample(total, **options)
    np.random.seed(0)
    np.testing.assert_array_equal(ours, sample(total, 'SampleFrames',
                                               **options))


def test_short_clip_where_the_host_wraps():
    options = dict(clip_len=32, frame_interval=2, test_mode=True)
    assert (np.diff(sample(50, 'SampleFrames', **options)) < 0).any()
    # The frame at the centre of each of 32 bins of 50 / 32 frames.
    expected = [int((i + 0.5) * 50 / 32) for i in range(32)]
    assert sample(50, **options)[0].tolist() == expected


def test_fewer_frames_than_asked_for():
    assert sample(2, clip_len=4, test_mode=True)[0].tolist() == [0, 0, 1, 1]


def test_test_windows_differ_and_do_not_change():
    options = dict(clip_len=8, frame_interval=4, num_clips=3, test_mode=True)
    windows = sample(24, **options)
    np.testing.assert_array_equal(windows, sample(24, **options))
    # 8 bins of 3 frames, three windows: every frame once.
    assert sorted(windows.reshape(-1)) == list(range(24))


def test_training_jitters_inside_the_bins():
    np.random.seed(0)
    windows = np.concatenate(
        [sample(24, clip_len=8, frame_interval=4) for _ in range(200)])
    for i in range(8):
        assert set(windows[:, i]) == {3 * i, 3 * i + 1, 3 * i + 2}


def test_start_index():
    options = dict(clip_len=8, frame_interval=4, test_mode=True)
    np.testing.assert_array_equal(
        sample(20, start_index=1, **options),
        sample(20, **options) + 1)


def test_no_frames():
    with pytest.raises(ValueError, match='no frames'):
        sample(0, clip_len=8)


@pytest.mark.parametrize('name', ['clip_len', 'frame_interval', 'num_clips'])
def test_bad_arguments(name):
    with pytest.raises(ValueError, match=name):
        TRANSFORMS.build({'type': 'SpanSampleFrames', 'clip_len': 8, name: 0})


@pytest.mark.parametrize('total', range(1, 14))
def test_several_training_windows_never_wrap(total):
    transform = TRANSFORMS.build(
        dict(type='SpanSampleFrames', clip_len=4, num_clips=4))
    for seed in range(30):
        np.random.seed(seed)
        results = transform(dict(total_frames=total, start_index=0))
        windows = results['frame_inds'].reshape(4, 4)
        assert (np.diff(windows, axis=1) >= 0).all()
        assert windows.min() >= 0 and windows.max() < total
