# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""SpanSampleFrames, SampleWholeClip and ReverseFrames."""
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS


def run(type, results, seed=0, **kwargs):
    np.random.seed(seed)
    found = TRANSFORMS.build(dict(type=type, **kwargs))(results)
    assert found['frame_inds'].dtype == np.int32
    return found


def span(total, type='SpanSampleFrames', start_index=0, seed=0, **kwargs):
    """(W, T) frame indices."""
    info = dict(total_frames=total, start_index=start_index)
    found = run(type, info, seed, **kwargs)
    for key in ('num_clips', 'clip_len', 'frame_interval'):
        assert found[key] == kwargs.get(key, 1)
    return found['frame_inds'].reshape(-1, found['clip_len'])


def whole(total, fps=30., seed=0, **kwargs):
    info = dict(total_frames=total, fps=fps, duration=1.)
    return run('SampleWholeClip', info, seed, **kwargs)


@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize('num_clips', [1, 3])
@pytest.mark.parametrize('clip_len, interval', [(1, 1), (8, 1), (16, 4),
                                                (32, 2)])
def test_in_order_and_in_long_clips_as_the_host(clip_len, interval, num_clips,
                                                test_mode):
    options = dict(
        clip_len=clip_len,
        frame_interval=interval,
        num_clips=num_clips,
        test_mode=test_mode)
    for total in [*range(1, 14), 20, 31, 32, 45, 62, 63, 64, 75, 200]:
        for seed in range(1 if test_mode else 5):
            windows = span(total, seed=seed, **options)
            assert len(windows) == num_clips
            assert (np.diff(windows, axis=1) >= 0).all()
            assert 0 <= windows.min() and windows.max() < total
            # The host's several training windows would wrap in clips that are
            # just long enough.
            slack = 0 if test_mode or num_clips == 1 else interval + num_clips
            if total > (clip_len - 1) * interval + slack:
                np.testing.assert_array_equal(
                    windows, span(total, 'SampleFrames', seed=seed, **options))


def test_short_clip_where_the_host_wraps():
    options = dict(clip_len=32, frame_interval=2, test_mode=True)
    assert (np.diff(span(50, 'SampleFrames', **options)) < 0).any()
    # The frame at the centre of each of 32 bins of 50 / 32 frames.
    expected = [int((i + 0.5) * 50 / 32) for i in range(32)]
    assert span(50, **options)[0].tolist() == expected
    assert span(50, start_index=1, **options)[0, 0] == expected[0] + 1
    assert span(2, clip_len=4, test_mode=True)[0].tolist() == [0, 0, 1, 1]


def test_windows_share_the_frames():
    # 8 bins of 3 frames, three windows: every frame once.
    options = dict(clip_len=8, frame_interval=4)
    windows = span(24, num_clips=3, test_mode=True, **options)
    assert sorted(windows.reshape(-1)) == list(range(24))
    # In training a window takes any frame of each bin.
    windows = np.concatenate([span(24, seed=i, **options) for i in range(99)])
    assert [set(x) for x in windows.T] == [{i, i + 1, i + 2}
                                           for i in range(0, 24, 3)]


@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize('stride', [1, 2, 4, 7])
def test_every_step_has_a_frame_of_its_own(stride, test_mode):
    for total in (1, 2, 5, 146, 255, 256, 257, 451):
        found = whole(
            total, max_frames=256, stride=stride, test_mode=test_mode)
        frames, step = found['frame_inds'], found['frame_interval']
        assert step == max(stride, -(-total // 256))
        assert len(frames) == found['clip_len'] <= 256
        assert frames.min() >= 0 and frames.max() < total
        np.testing.assert_array_equal(frames // step, np.arange(len(frames)))
        # The whole clip is seen, and the grid knows its rate.
        assert len(frames) * step >= total > (len(frames) - 1) * step
        assert found['grid_fps'] == 30 / step
        assert found['duration'] == total / 30 and found['num_clips'] == 1


def test_place_within_a_step():
    options = dict(max_frames=64, stride=5)
    middle = whole(40, test_mode=True, **options)['frame_inds']
    assert middle.tolist() == list(range(2, 40, 5))
    drawn = [whole(40, seed=i, **options)['frame_inds'] for i in range(99)]
    assert set(map(tuple, drawn)) == {tuple(range(i, 40, 5)) for i in range(5)}


@pytest.mark.parametrize('sample, total, options, text', [
    (span, 0, dict(clip_len=8), 'no frames'),
    (span, 9, dict(clip_len=8, num_clips=0), 'num_clips.* at least 1'),
    (whole, 9, dict(max_frames=8, stride=0), 'stride'),
    (whole, 0, dict(max_frames=8), 'total_frames=0'),
    (whole, 9, dict(max_frames=8, fps=None), 'fps'),
])
def test_errors(sample, total, options, text):
    with pytest.raises(ValueError, match=text):
        sample(total, **options)


@pytest.mark.parametrize('clip_len, num_clips, expected', [
    (1, 6, [5, 4, 3, 2, 1, 0]),
    (3, 2, [2, 1, 0, 5, 4, 3]),
    (1, 1, [0]),
])
def test_frames_of_each_window_are_reversed(clip_len, num_clips, expected):
    given = np.arange(clip_len * num_clips, dtype=np.int32)
    found = run('ReverseFrames',
                dict(frame_inds=given, clip_len=clip_len, num_clips=num_clips))
    assert found['frame_inds'].tolist() == expected
