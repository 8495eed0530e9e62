# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
from pathlib import Path

import av
import decord
import numpy as np
import pytest

from mmaction_microaction.inference import FrameArray, VideoFile
from mmaction_microaction.utils.video_reader import VideoReader

T = 40
CASES = dict(
    mp4=dict(),
    mov=dict(suffix='.mov'),
    matroska=dict(suffix='.mkv'),
    avi=dict(suffix='.avi', codec='mpeg4', options=(('bf', '2'), )),
    faststart=dict(
        options=(('bf', '0'), ), container_options=dict(movflags='faststart')),
    avi_h264=dict(suffix='.avi'),
    transport_stream=dict(suffix='.ts'),
    bare_stream=dict(suffix='.h264', format='h264'),
    odd_size=dict(height=47, width=61, pix_fmt='yuv444p'),
    slow=dict(fps='24000/1001'),
)


def read_all(video):
    return {i: video.to_rgb(frame) for i, frame in video.frames()}


@pytest.mark.parametrize('case', CASES)
def test_frames_from_one_on(case, frames_of, encode, tmp_path):
    kwargs = dict(CASES[case])
    size = kwargs.pop('height', 48), kwargs.pop('width', 64)
    path = tmp_path / f"clip{kwargs.pop('suffix', '.mp4')}"
    video = VideoFile(encode(path, frames_of(T, *size), gop=9, **kwargs))
    whole = read_all(video)
    for first in (0, 1, 8, 9, 22, T - 1):
        pictures = {
            i: video.to_rgb(frame)
            for i, frame in video.frames_from(first)
        }
        assert list(pictures) == list(range(first, T))
        np.testing.assert_array_equal(
            list(pictures.values()), [*whole.values()][first:])


@pytest.mark.parametrize('case', CASES)
def test_frames_are_decords(case, frames_of, encode, tmp_path):
    kwargs = dict(CASES[case])
    size = kwargs.pop('height', 48), kwargs.pop('width', 64)
    path = tmp_path / f"clip{kwargs.pop('suffix', '.mp4')}"
    path = encode(path, frames_of(T, *size), **kwargs)
    video = VideoFile(path)
    pictures = read_all(video)
    assert list(pictures) == list(range(T)) and len(video) == T
    truth = VideoReader(path).read(range(T), np.copy)
    np.testing.assert_array_equal(list(pictures.values()), truth)
    if case not in ('bare_stream', 'transport_stream'):  # decord loses its way
        truth = decord.VideoReader(path).get_batch(range(T)).asnumpy()
        np.testing.assert_array_equal(list(pictures.values()), truth)
    assert video.shape == size
    info = video.info()
    assert (info.height, info.width, info.num_frames) == (*size, T)
    assert info.name == os.path.basename(path)
    guessed = dict(bare_stream='tells no times', avi_h264='display order')
    assert guessed.get(case, '') in ''.join(info.problems)
    assert len(info.problems) == (case in guessed)
    if case != 'bare_stream':
        fps = 24000 / 1001 if case == 'slow' else 30
        assert video.fps == pytest.approx(fps)
        begin = video.times[0]  # AVI starts with the decoder's delay
        assert begin == pytest.approx(
            1 / fps if 'avi' in case else 0, abs=1e-3)
        np.testing.assert_allclose(
            video.times - begin, np.arange(T) / fps, atol=2e-3)
        assert info.duration - begin == pytest.approx(T / fps, abs=2e-3)
        assert info.fps == pytest.approx(fps, rel=2e-3)


@pytest.mark.parametrize('suffix', ['.mp4', '.mkv'])
def test_variable_rate(suffix, frames_of, encode, tmp_path):
    ticks = 250 + np.cumsum([20, 100, 35, 480] * 5)  # ms
    path = encode(tmp_path / f'clip{suffix}', frames_of(20), ticks=ticks)
    video = VideoFile(path)
    # With ffmpeg's edit list or not, mp4 begins where the file says.
    np.testing.assert_allclose(video.times, ticks / 1000, atol=1e-3)
    assert list(read_all(video)) == list(range(20))
    assert video.end > video.times[-1]
    assert video.info().fps == pytest.approx(20 / (video.end - .27))


@pytest.mark.parametrize(
    'name',
    ['a:b.mp4', '-i.mp4', 'new\nline %s.mp4', 'concat:x|y.mp4', '視頻 <b>.mp4'])
def test_any_name(name, frames_of, encode, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.rename(encode('clip.mp4', frames_of(1), fps=25), name)
    video = VideoFile(name)
    assert video.info().name == name and list(read_all(video)) == [0]
    assert video.times.tolist() == [0] and video.end == pytest.approx(.04)


@pytest.mark.parametrize('case', ['faststart', 'matroska', 'avi'])
def test_a_file_that_breaks_off(case, frames_of, encode, tmp_path):
    kwargs = dict(CASES[case])
    path = tmp_path / f"clip{kwargs.pop('suffix', '.mp4')}"
    encode(path, frames_of(90), **kwargs)
    path.write_bytes(path.read_bytes()[:path.stat().st_size * 6 // 10])
    video = VideoFile(path)
    pictures, info = read_all(video), video.info()
    assert 20 < len(pictures) < 80
    assert info.num_frames == len(pictures)
    assert info.duration == pytest.approx(len(pictures) / 30, abs=.04)
    assert any('is truncated' in problem for problem in info.problems)


def test_damage_in_the_middle(frames_of, encode, tmp_path):
    path = tmp_path / 'clip.mp4'
    with av.open(encode(path, frames_of(T), gop=10,
                        options=(('bf', '0'), ))) as container:
        packets = [(p.pos, p.size) for p in container.demux() if p.size]
    data = bytearray(path.read_bytes())
    for at, size in packets[22:25]:
        data[at:at + size] = bytes(size)
    path.write_bytes(data)
    video = VideoFile(path)
    pictures, info = read_all(video), video.info()
    assert set(range(20)) | set(range(30, T)) <= set(pictures)
    assert not {22, 23, 24} & set(pictures)
    assert info.num_frames == len(pictures) < T
    assert info.duration == pytest.approx(T / 30)
    problem, = info.problems
    assert problem.startswith(f'{T - len(pictures)} of {T} frames cannot be')
    assert 'the first at 0.73 s' in problem


def write_song(path):
    """The picture of a cover, and no sound."""
    with av.open(str(path), 'w') as container:
        container.add_stream('aac', rate=8000, layout='mono')
        cover = container.add_stream('mjpeg', rate=1)
        cover.height, cover.width, cover.pix_fmt = 32, 32, 'yuvj420p'
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame(32, 32, 'yuvj420p')))
        container.mux(cover.encode())


def write_odd(path, encode, frames_of):
    """Of a codec that nobody knows."""
    data = Path(encode(path, frames_of(5))).read_bytes()
    path.write_bytes(data.replace(b'avc1', b'zzzz').replace(b'avcC', b'zzzz'))


@pytest.mark.parametrize('name, content, match', [
    ('none.mp4', None, 'does not exist'),
    ('empty.mp4', b'', r'is empty \(0 bytes\)'),
    ('junk.mp4', os.urandom(5000), 'is not a video'),
    ('note.txt', b'hello\n' * 100, 'text or a playlist'),
    ('.', None, 'is not a file'),
    ('sound.mp4', 'write_sound', 'has sound but no video'),
    ('song.mp4', 'write_song', 'has no video'),
    ('odd.mp4', 'write_odd', 'has a codec'),
    ('list.m3u8', b'#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nclip.ts\n'
     b'#EXT-X-ENDLIST\n', 'is not a video'),
    ('list.ffconcat', b'ffconcat version 1.0\nfile clip.ts\n', 'not a video'),
])
def test_what_is_no_video(name, content, match, tmp_path, write_sound,
                          frames_of, encode):
    path = tmp_path / name
    encode(tmp_path / 'clip.ts', frames_of(5))  # that play-lists name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        dict(
            write_sound=write_sound,
            write_song=write_song,
            write_odd=lambda path: write_odd(path, encode, frames_of)
        )[content](
            path)
    with pytest.raises((ValueError, FileNotFoundError), match=match) as caught:
        VideoFile(path)
    text = str(caught.value)
    assert str(path) in text and '\n' not in text


def test_an_array(frames_of):
    frames = frames_of(6)
    video = FrameArray(frames, fps=12.5)
    assert video.end == pytest.approx(.48) and len(video) == 6
    np.testing.assert_array_equal(list(read_all(video).values()), frames)
    assert video.info().name == 'array' and video.info().problems == ()

    for shape, kind in (((2, 8, 8, 3), 'f'), ((8, 8, 3), 'u1'),
                        ((2, 8, 8, 4), 'u1'), ((0, 8, 8, 3), 'u1')):
        with pytest.raises(ValueError, match='expected RGB frames'):
            FrameArray(np.zeros(shape, kind))
    with pytest.raises(ValueError, match='fps must be positive'):
        FrameArray(frames, fps=0)
