# Copyright (c) mmaction-microaction contributors. All rights reserved.
import random
import struct
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import square_shape
from mmaction_microaction.utils.video_reader import VideoReader

T, H, W = 30, 96, 128
B_FRAMES = dict(bf='3', preset='veryfast')
PYRAMID = {**B_FRAMES, 'x264-params': 'b-pyramid=2'}
OPEN_GOP = {**B_FRAMES, 'x264-params': 'open-gop=1'}


def decode_all(path):
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [frame.to_ndarray(format='rgb24') for frame in frames]


@pytest.fixture(scope='module')
def write(encode, frames_of):
    return partial(encode, frames=frames_of(T, H, W), options=B_FRAMES)


@pytest.fixture(scope='module')
def clip(write, tmp_path_factory):
    """A file and its frames."""
    path = write(tmp_path_factory.mktemp('clip') / 'clip.mp4')
    return path, decode_all(path)


@pytest.mark.parametrize('num_threads', [1, 2])
@pytest.mark.parametrize('kwargs', [
    dict(),
    dict(gop=250),
    dict(gop=1, options=dict(bf='0')),
    dict(gop=250, options=PYRAMID),
    dict(gop=8, options=OPEN_GOP),
    dict(codec='mjpeg', options={}, pix_fmt='yuvj420p'),
    dict(codec='mpeg4', options=dict(bf='2')),
    dict(pix_fmt='yuv420p10le'),
    dict(ticks=np.cumsum([33, 133, 67] * 10)),
    dict(ending='avi'),
    dict(ending='avi', codec='mpeg4', options=dict(bf='2')),
    dict(ending='ts'),
    dict(ending='h264', format='h264'),
    dict(ending='mkv')
])
def test_same_as_decoding_everything(kwargs, num_threads, write, tmp_path):
    kwargs = dict(kwargs)
    path = write(tmp_path / f"clip.{kwargs.pop('ending', 'mp4')}", **kwargs)
    truth = decode_all(path)
    reader = VideoReader(path)
    assert len(reader) == len(truth) == T
    chance = random.Random(0)
    again = VideoReader(path, num_threads, reader.index)
    for count in (1, 1, 2, 5, 12, 60):  # unordered, and repeated ones
        chosen = chance.choices(range(T), k=count)
        expected = [truth[i] for i in chosen]
        for reader in (VideoReader(path, num_threads), again):
            got = reader.read(chosen, np.copy)
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize('ending', ['mp4', 'mkv', 'ts'])
def test_with_an_index_only_a_part_is_read(ending, write, tmp_path):
    path = write(tmp_path / f'clip.{ending}', gop=5, options={})
    index, read = VideoReader(path).index, []
    reader = VideoReader(path, index=index)

    def demux(stream):
        for packet in container.demux(stream):
            read.append(packet.pts)
            yield packet

    container = reader._container
    reader._container = SimpleNamespace(
        demux=demux, seek=container.seek, close=container.close)
    got = reader.read([11, 13], np.copy)
    np.testing.assert_array_equal(got, np.array(decode_all(path))[[11, 13]])
    if ending != 'ts':  # which has no index of its own
        assert read == list(index.times[10:14])


def test_an_index_of_another_file(write, clip, tmp_path):
    path = write(tmp_path / 'clip.mp4', ticks=np.arange(1, 61, 2), gop=5)
    reader = VideoReader(path, index=VideoReader(clip[0]).index)
    with pytest.raises(UserError, match='changed since its index'):
        reader.read([20], np.copy)


def test_what_nothing_depends_on_is_not_decoded(write, tmp_path):
    options = {'bf': '1', 'x264-params': 'b-adapt=0'}
    path = write(tmp_path / 'clip.mp4', options=options, gop=250)
    reader, decoded = VideoReader(path), []

    class Counting:
        """The decoder, with a note of how many pictures come out."""

        def __init__(self, inner):
            self.inner, self.flush_buffers = inner, inner.flush_buffers

        def decode(self, packet):
            self.inner.skip_frame = self.skip_frame
            decoded.extend(self.inner.decode(packet))
            return []

    reader._decoder = Counting(reader._decoder)
    with pytest.raises(UserError):  # for it gets none of them
        reader.read([2, 11], np.copy)
    reader.close()
    with av.open(path) as container:
        kinds = [int(f.pict_type) for f in container.decode(video=0)]
    needed = {i for i in range(12) if kinds[i] != 3} | {2, 11}  # 3: a B frame
    # A picture between two others waits for the second one.
    assert len(needed) <= len(decoded) <= len(needed) + 1 < 12


def test_repeated_and_negative_numbers(clip):
    path, truth = clip
    reader, seen = VideoReader(path), []

    def convert(picture):
        seen.append(picture.shape)
        return picture.copy()

    got = reader.read([9, -T, -1, 0, 9], convert)
    assert seen == [(H, W, 3)] * 3
    np.testing.assert_array_equal(got, [truth[i] for i in (9, 0, -1, 0, 9)])
    got[0][:] = 0  # as Flip does, in place
    np.testing.assert_array_equal(got[4], truth[9])
    for index in (T, -T - 1):
        with pytest.raises(IndexError, match=f'no frame {index}, but {T}'):
            reader.read([0, index], np.copy)
    assert reader.shape == (H, W) and reader.get_avg_fps() == 30


def patched(clip, path, box, skip, form, *numbers):
    """The clip with other numbers in one of its boxes."""
    data = bytearray(Path(clip[0]).read_bytes())
    struct.pack_into(form, data, data.index(box) + skip, *numbers)
    path.write_bytes(data)
    return VideoReader(path)


@pytest.mark.parametrize('a, b, c, d', [
    (1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
    (0, 1, 1, 0), (0, 1, -1, 0), (0, -1, 1, 0), (0, -1, -1, 0),
])  # yapf: disable
def test_turned_and_mirrored(a, b, c, d, clip, tmp_path):
    """By the display matrix in an mp4's track header: it says where a point
    goes, (a x + c y, b x + d y)."""
    one = 1 << 16
    matrix = a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30
    reader = patched(clip, tmp_path / 'a.mp4', b'tkhd', 44, '>9i', *matrix)
    found, = reader.read([7], np.copy)
    y, x = np.mgrid[:H, :W]
    to = np.stack([b * x + d * y, a * x + c * y])
    to -= to.min(axis=(1, 2), keepdims=True)
    wanted = np.zeros(found.shape, np.uint8)
    wanted[tuple(to)] = clip[1][7]
    np.testing.assert_array_equal(found, wanted)
    assert reader.shape == found.shape[:2]


def test_frames_that_an_edit_list_hides_do_not_count(clip, tmp_path):
    path = tmp_path / 'clip.mp4'  # its start, in 1/15360 s
    reader = patched(clip, path, b'elst', 16, '>i', 1024 + 7 * 512)
    truth = decode_all(path)
    assert len(reader) == len(truth) == T - 7
    np.testing.assert_array_equal(
        reader.read([0, 5, 22], np.copy), [truth[i] for i in (0, 5, 22)])


def test_a_damaged_picture(write, tmp_path):
    path = tmp_path / 'clip.mp4'
    with av.open(write(path, gop=250)) as container:
        packets = [(p.pos, p.size) for p in container.demux() if p.size]
    at, size = packets[-1]
    with path.open('r+b') as file:
        file.seek(at)
        file.write(bytes(size))
    with pytest.raises(UserError, match='clip.mp4 is damaged'):
        VideoReader(path).read(range(T), np.copy)
    VideoReader(path).read([0, 5], np.copy)  # does not need it


@pytest.mark.parametrize('ending', ['mp4', 'mkv'])
@pytest.mark.parametrize('aspect, width', [(None, W), (Fraction(4, 3), 171),
                                           (Fraction(8, 9), 114),
                                           (Fraction(9), W)])
def test_square_shape(tmp_path, ending, aspect, width):
    path = str(tmp_path / f'a.{ending}')
    with av.open(path, 'w') as container:
        stream = container.add_stream('libx264', rate=25)
        stream.height, stream.width, stream.pix_fmt = H, W, 'yuv420p'
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        container.mux(stream.encode(av.VideoFrame(W, H, 'yuv420p')))
        container.mux(stream.encode())
    assert square_shape(path, (H, W)) == (H, width)
    if width == 171:  # held sideways, a pixel is higher than wide
        assert square_shape(path, (W, H)) == (W, round(H * 3 / 4))
