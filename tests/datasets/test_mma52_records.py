# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.datasets import (ActionInstance, VideoRecord,
                                           clip_multi_hot, frame_multi_hot,
                                           odd_annotations,
                                           segments_to_multi_hot)


def _video(*frames, fps=30., total=100, name='a'):
    instances = tuple(
        ActionInstance(label, start / fps, end / fps, start, end, line)
        for line, (label, start, end) in enumerate(frames, start=2))
    return VideoRecord(name, total, fps, instances)


def test_arrays():
    video = _video((9, 3, 60), (0, 15, 90))
    assert video.segments.dtype == np.float32
    assert video.segments.tolist() == pytest.approx(
        np.array([[.1, 2], [.5, 3]]))
    assert video.labels.dtype == np.int64 and video.labels.tolist() == [9, 0]
    empty = _video()
    assert empty.segments.shape == (0, 2) and empty.labels.shape == (0, )


def test_clip_multi_hot():
    hot = clip_multi_hot(_video((9, 0, 5), (51, 0, 5), (9, 20, 25)))
    assert hot.shape == (52, ) and hot.dtype == np.float32
    assert np.flatnonzero(hot).tolist() == [9, 51] and hot.max() == 1
    assert not clip_multi_hot(_video()).any()


@pytest.mark.parametrize('fps', [29., 30.])
def test_frames_of_the_file_come_back_exactly(fps):
    rng = np.random.default_rng(0)
    frames = []
    for label in range(52):
        start = int(rng.integers(0, 400))
        frames.append((label, start, start + 1 + int(rng.integers(40))))
    video = _video(*frames, fps=fps, total=451)
    hot = frame_multi_hot(video, 451, fps)
    assert hot.shape == (451, 52) and hot.dtype == np.float32
    for label, start, end in frames:
        assert np.flatnonzero(hot[:,
                                  label]).tolist() == list(range(start, end))


def test_overlapping_instances_all_stay():
    hot = frame_multi_hot(_video((1, 0, 90), (2, 30, 60)), 3, 1.)
    assert hot[:, 1].tolist() == [1, 1, 1] and hot[:, 2].tolist() == [0, 1, 0]


def test_coarse_grid_and_borders():
    segments = np.array([[.9, 1.1], [1.2, 1.3], [2.5, 9.], [7., 8.]])
    hot = segments_to_multi_hot(segments, [0, 1, 2, 3], 4, 1.)
    assert hot[:, :4].T.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1],
                                     [0, 0, 0, 0]]
    for options in (dict(num_frames=0, fps=1.), dict(num_frames=4, fps=0.)):
        with pytest.raises(ValueError, match='must be positive'):
            segments_to_multi_hot(segments, [0, 1, 2, 3], **options)


def test_odd_annotations():
    good = _video((9, 0, 100), (9, 5, 8))
    assert odd_annotations([good, good], 'val.csv') == []
    long = _video((9, 0, 99), (9, 5, 130))
    [odd] = odd_annotations([good, long], 'val.csv')
    assert odd.startswith('val.csv:3: end_frame 130') and "'a'" in odd
    [odd] = odd_annotations([good, _video(name='b')], 'x.json')
    assert "'b' has no instance" in odd
    dummies = [_video((i, 0, 20), name=str(i)) for i in range(5)]
    [odd] = odd_annotations(dummies, 'test.csv')
    assert 'dummies' in odd
    assert odd_annotations(dummies + [good], 'val.csv') == []
