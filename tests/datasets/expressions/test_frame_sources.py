# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmaction_microaction.datasets.expressions import (VideoFrames, departure,
                                                       find_apex,
                                                       frame_sources,
                                                       locate_apex, open_clip,
                                                       reduce_frame)
from mmaction_microaction.datasets.expressions.frame_sources import FrameFolder
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture
def frames():
    """A bar that grows until frame 10 and shrinks again."""
    frames = np.full((30, 64, 80, 3), 90, np.uint8)
    for t, frame in enumerate(frames):
        frame[26:26 + max(12 - abs(t - 10), 0), 20:44] = (200, 120, 40)
    return frames


@pytest.fixture
def folder(frames, tmp_path):
    folder = tmp_path / 'Zoé'
    folder.mkdir()
    for t, frame in enumerate(frames):
        cv2.imwrite(str(folder / f'reg_img{t + 98}.png'), frame[..., ::-1])
    return folder


@pytest.fixture
def video(frames, tmp_path):
    write_video(tmp_path / 'a.mp4', frames, fps=25, crf=10)
    return tmp_path / 'a.mp4'


def test_folder(folder, frames):
    clip = open_clip(str(folder))
    assert isinstance(clip, FrameFolder) and clip.fps == 200
    # As numbers, not as text: 98, 99, 100.
    assert clip.numbers == list(range(98, 128))
    read = clip.read([108, 98, 108])
    assert all((a == frames[i]).all() for a, i in zip(read, (10, 0, 10)))


def test_video(video, frames):
    clip = open_clip(str(video))
    assert isinstance(clip, VideoFrames) and clip.fps == 25
    assert clip.numbers == list(range(30))
    read = clip.read([10, 0, 10])
    for found, i in zip(read, (10, 0, 10)):
        assert np.abs(found.astype(int) - frames[i]).mean() < 4
    # Reduced on the way.
    row, = clip.read([3], lambda frame: frame[0].copy())
    assert row.shape == (80, 3)


def test_apex(folder, video, frames):
    for path in (folder, video):
        clip = open_clip(str(path))
        place, curve = locate_apex(clip)
        assert abs(place - 10) <= 1 and len(curve) == 30
        assert place == find_apex(clip.read(clip.numbers))


def test_frames_are_not_kept_at_full_size(folder, video, monkeypatch):
    kept = []

    def look(frames):
        kept.append(frames)
        return departure(frames)

    monkeypatch.setattr(frame_sources, 'departure', look)
    for path in (folder, video):
        locate_apex(FrameFolder(path) if path == folder else VideoFrames(path))
        reduced = [reduce_frame(np.zeros((64, 80, 3), np.uint8))]
        assert {x.shape for x in kept.pop()} == {reduced[0].shape}
        assert reduced[0].size < 64 * 80 * 3


def test_errors(tmp_path, frames):
    with pytest.raises(FileNotFoundError, match='does not exist'):
        open_clip(str(tmp_path / 'none.mp4'))
    with pytest.raises(FileNotFoundError, match='has no frames'):
        open_clip(str(tmp_path))
    (tmp_path / 'a.mp4').write_text('hello')
    with pytest.raises(ValueError, match='a.mp4 is not a video'):
        open_clip(str(tmp_path / 'a.mp4'))
    cv2.imwrite(str(tmp_path / 'img1.png'), frames[0])
    with pytest.raises(ValueError, match='at least two frames'):
        open_clip(str(tmp_path))
