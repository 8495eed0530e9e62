# Copyright (c) mmaction-microaction contributors. All rights reserved.
import random
import struct
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import VideoReader, square_shape

T, H, W = 30, 96, 128
B_FRAMES = dict(bf='3', preset='veryfast')


def decode_all(path):
    with av.open(path) as container:
        return [
            f.to_ndarray(format='rgb24') for f in container.decode(video=0)
        ]


@pytest.fixture(scope='module')
def write(encode, frames_of):
    return partial(encode, frames=frames_of(T, H, W), options=B_FRAMES)


@pytest.fixture(scope='module')
def clip(write, tmp_path_factory):
    """A file and its frames."""
    path = write(tmp_path_factory.mktemp('clip') / 'clip.mp4')
    return path, decode_all(path)


def read(path, indices, **kwargs):
    return VideoReader(path, **kwargs).read(indices, np.copy)


CASES = dict(
    one_key_frame=dict(gop=250),
    several_key_frames=dict(),
    pyramid=dict(
        gop=250, options=dict(B_FRAMES, **{'x264-params': 'b-pyramid=2'})),
    open_gop=dict(
        gop=8, options=dict(B_FRAMES, **{'x264-params': 'open-gop=1'})),
    all_key_frames=dict(gop=1, options=dict(bf='0')),
    mjpeg=dict(codec='mjpeg', options={}, pix_fmt='yuvj420p'),
    mpeg4=dict(codec='mpeg4', options=dict(bf='2')),
    grey=dict(pix_fmt='gray'),
    ten_bits=dict(pix_fmt='yuv420p10le'),
    avi=dict(suffix='.avi'),
    avi_mpeg4=dict(suffix='.avi', codec='mpeg4', options=dict(bf='2')),
    transport_stream=dict(suffix='.ts'),
    bare_stream=dict(suffix='.h264', format='h264'),
    matroska=dict(suffix='.mkv'),
    variable_rate=dict(ticks=np.cumsum([33, 133, 67] * 10)),
)


@pytest.mark.parametrize('case', CASES)
@pytest.mark.parametrize('num_threads', [1, 2])
def test_same_as_decoding_everything(case, num_threads, write, tmp_path):
    kwargs = dict(CASES[case])
    path = tmp_path / f"clip{kwargs.pop('suffix', '.mp4')}"
    path = write(path, **kwargs)
    truth = decode_all(path)
    assert len(VideoReader(path)) == len(truth) == T
    chance = random.Random(0)
    for count in (1, 1, 2, 5, 12, 60):  # unordered, and repeated ones
        chosen = chance.choices(range(T), k=count)
        got = read(path, chosen, num_threads=num_threads)
        np.testing.assert_array_equal(got, [truth[i] for i in chosen])


def test_what_nothing_depends_on_is_not_decoded(write, tmp_path):
    options = {'bf': '1', 'x264-params': 'b-adapt=0'}
    path = write(tmp_path / 'clip.mp4', options=options, gop=250)
    reader, decoded = VideoReader(path), []
    inner = reader._decoder

    class Counting:
        """The decoder, with a note of how many pictures come out."""
        flush_buffers = inner.flush_buffers

        def __setattr__(self, name, value):
            setattr(inner, name, value)

        def decode(self, packet):
            frames = inner.decode(packet)
            decoded.extend(frames)
            return frames

    reader._decoder = Counting()
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

    for chosen in ([20, 3], [-1], [3, 3, -T], [9, 1, 9, 5]):
        del seen[:]
        got = reader.read(chosen, convert)
        assert seen == [(H, W, 3)] * len(set(chosen))
        np.testing.assert_array_equal(got, [truth[i] for i in chosen])
    got[0][:] = 0  # as Flip does, in place
    np.testing.assert_array_equal(got[2], truth[9])
    for index in (T, -T - 1):
        with pytest.raises(IndexError, match=f'no frame {index}, but {T}'):
            reader.read([0, index], np.copy)
    assert reader.shape == (H, W) and reader.get_avg_fps() == 30


@pytest.mark.parametrize('a, b, turns', [(0, 1, 3), (-1, 0, 2), (0, -1, 1)])
def test_turned_upright(a, b, turns, clip, tmp_path):
    """By the display matrix in an mp4's track header."""
    path, data = tmp_path / 'clip.mp4', bytearray(Path(clip[0]).read_bytes())
    at = data.index(b'tkhd') + 44  # version 0: the matrix follows 40 bytes
    matrix = a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30
    data[at:at + 36] = struct.pack('>9i', *matrix)
    path.write_bytes(data)
    reader = VideoReader(str(path))
    np.testing.assert_array_equal(
        reader.read([7], np.copy)[0], np.rot90(clip[1][7], turns))
    assert reader.shape == ((W, H) if turns % 2 else (H, W))


def test_frames_that_an_edit_list_hides_do_not_count(clip, tmp_path):
    path = tmp_path / 'clip.mp4'
    data = bytearray(Path(clip[0]).read_bytes())
    at = data.index(b'elst') + 12  # duration, start (1/15360 s), rate
    duration, start, rate = struct.unpack('>IiI', data[at:at + 12])
    data[at:at + 12] = struct.pack('>IiI', duration, start + 7 * 512, rate)
    path.write_bytes(data)
    truth = decode_all(str(path))
    assert len(VideoReader(str(path))) == len(truth) == T - 7
    np.testing.assert_array_equal(
        read(str(path), [0, 5, 22]), [truth[i] for i in (0, 5, 22)])


def test_a_damaged_picture(write, tmp_path):
    path = tmp_path / 'clip.mp4'
    with av.open(write(path, gop=250)) as container:
        packets = [(p.pos, p.size) for p in container.demux() if p.size]
    data = bytearray(path.read_bytes())
    at, size = packets[-1]
    data[at:at + size] = bytes(size)
    path.write_bytes(data)
    with pytest.raises(UserError, match='clip.mp4 is damaged'):
        read(str(path), range(T))
    read(str(path), [0, 5])  # does not need it


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
