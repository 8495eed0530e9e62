# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Times of frames against ffprobe's, or, where it is not installed, against
what FFmpeg's decoder says."""
import itertools
import json
import re
import shutil
import subprocess
from fractions import Fraction

import av
import numpy as np
import pytest

from mmaction_microaction.inference import VideoFile
from mmaction_microaction.utils.frame_times import Stamp, time_frames
from mmaction_microaction.utils.video_reader import VideoReader

T, RATE = 16, 25
X264 = dict(codec='libx264', options=dict(bf='2', preset='veryfast'))
MPEG2 = dict(codec='mpeg2video', options=dict(bf='2'), sound='mp2')
#: Ending -> codecs.
CONTAINERS = {
    'mp4': dict(X264, sound='aac'),
    'mov': dict(X264, sound='pcm_s16le'),
    '3gp': dict(X264, sound='aac'),
    'mkv': dict(X264, sound='aac'),
    'webm': dict(codec='libvpx', sound='libopus'),
    'avi': dict(codec='mpeg4', sound='libmp3lame'),
    'ts': dict(X264, sound='aac'),
    'm2ts': dict(X264, sound='ac3'),
    'mpg': MPEG2,
    'vob': MPEG2,
    'flv': dict(X264, sound='aac'),
    'wmv': dict(codec='wmv2', sound='wmav2'),
    'ogv': dict(codec='libtheora', sound='libvorbis'),
    'nut': dict(X264, sound='libmp3lame'),
    'gif': dict(codec='gif', pix_fmt='rgb8'),
}
FREE = ('ts', 'm2ts', 'mpg', 'vob')


def write(path, ticks, codec, sound=None, pix_fmt='yuv420p', options=None):
    """A video with frames at ticks / RATE and, from 0 on, two seconds of
    sound; packets by time, as a camera writes them."""
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
        stream.options, stream.codec_context.gop_size = options or {}, 6
        packets = []
        if sound:
            voice = container.add_stream(sound, rate=48000, layout='mono')
            voice.bit_rate = 64000
            voice.codec_context.open()
            size = voice.codec_context.frame_size or 1024
            for at in range(0, 96000, size):
                form = voice.codec_context.format.name
                kind = dict(flt='f4', s16='i2', s32='i4')[form.strip('p')]
                frame = av.AudioFrame.from_ndarray(
                    np.zeros((1, size), kind), form, 'mono')
                frame.sample_rate, frame.pts = 48000, at
                packets += voice.encode(frame)
            packets += voice.encode()
        for i, tick in enumerate(ticks):
            image = np.full((48, 64, 3), 6 * i, np.uint8)
            frame = av.VideoFrame.from_ndarray(image).reformat(format=pix_fmt)
            frame.pts, frame.time_base = int(tick), Fraction(1, RATE)
            packets += stream.encode(frame)
        packets += stream.encode()
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    return str(path)


def reference(path):
    """The frames' times and the file's start, by ffprobe or the decoder."""
    if shutil.which('ffprobe'):
        command = ('ffprobe -v error -select_streams v:0 -of json '
                   '-show_entries frame=pts_time:format=start_time').split()
        done = subprocess.run([*command, path],
                              capture_output=True,
                              check=True)
        found = json.loads(done.stdout)
        times = [f.get('pts_time', np.nan) for f in found['frames']]
        return np.float64(times), float(found['format']['start_time'])
    with av.open(path) as container:
        times = [frame.time for frame in container.decode(video=0)]
        return np.array(times), container.start_time / av.time_base


@pytest.mark.parametrize('late', [0, 1])
@pytest.mark.parametrize('rate', ['constant', 'variable'])
@pytest.mark.parametrize('ending', CONTAINERS)
def test_as_ffprobe(ending, rate, late, tmp_path):
    settings = CONTAINERS[ending]
    if not {settings['codec'], settings.get('sound')} - {None} <= \
            av.codecs_available:
        pytest.skip(f'this FFmpeg has no encoder for {ending}')
    ticks = np.arange(T) if rate == 'constant' else np.cumsum([0] +
                                                              [1, 1, 4] * 5)
    path = write(tmp_path / f'a.{ending}', ticks + late * RATE, **settings)
    video = VideoFile(path)
    wanted, start = reference(path)
    if ending in FREE:
        wanted = wanted - start
    assert list(dict(video.frames())) == list(range(len(wanted)))
    known = ~np.isnan(wanted)  # MPEG does not tell all
    assert known.mean() > .5
    np.testing.assert_allclose(
        video.times[known], wanted[known], rtol=0, atol=1e-3)
    assert len(VideoReader(path)) == len(wanted)
    if late and ending not in ('gif', 'avi'):  # they begin at 0
        assert video.times[0] == pytest.approx(1, abs=.13)
        assert any('begins at 1.' in x or 'begins at 0.9' in x
                   for x in video.info().problems)
    else:
        assert video.info().problems == ()


def stamps(ticks, dts=None):
    return [Stamp(*x) for x in zip(ticks, ticks if dts is None else dts)]


@pytest.mark.parametrize('others, wanted, jumps', [
    ((), [0, 1, 170, 171], False),
    ([0., 8., 17.], [0, 1, 170, 171], False),
    ([0., .1, 17., 17.1], [0, 1, 2, 3], True),
])
def test_a_gap_is_no_jump_of_the_clock(others, wanted, jumps):
    """Where the sound goes on, or there is none that could tell."""
    found = time_frames(
        stamps([0, 1, 170, 171]), 10, Fraction(1, 10), 'mpegts', 0., others)
    np.testing.assert_allclose(found.times, np.divide(wanted, 10), atol=1e-9)
    assert bool(found.problems) == jumps


@pytest.mark.parametrize('form, origin, pts, wanted, word', [
    ('matroska,webm', 0., [0, 2, 2, 9], [0, 2, 2, 9], '1 of 4 .* before'),
    ('matroska,webm', 0., [0, None, None, 9], [0, 3, 6, 9], '2 of 4 .* even'),
    ('matroska,webm', 0., [None, None, 4, 5], [2, 3, 4, 5], '2 of 4'),
    ('matroska,webm', 0., [3, 4, None, None], [3, 4, 5, 6], '2 of 4'),
    ('h264', None, [None] * 4, [0, 1, 2, 3], 'counted, 10 a second'),
    ('matroska,webm', -.2, [-2, -1, 0, 1], [0, 1, 2, 3], 'starts at -0.200'),
    ('matroska,webm', 7200., [72000, 72003], [0, 3], 'starts at 7200.000'),
    ('mov,mp4', 0., [10, 11], [10, 11], 'begins at 1.000 s'),
    ('mpegts', 9500., [95000, 95003], [0, 3], None),
    ('mpegts', 9500., [95010, 95011], [10, 11], 'begins at 1.000 s'),
    ('mpegts', 50., [500, 501, 4, 5], [0, 1, 2, 3], 'jumps, at 1 place;'),
])  # yapf: disable
def test_clocks(form, origin, pts, wanted, word):
    found = time_frames(stamps(pts), 10, Fraction(1, 10), form, origin)
    np.testing.assert_allclose(found.times, np.divide(wanted, 10), atol=1e-12)
    assert found.end == pytest.approx(found.times[-1] + .1)
    if word is None:
        assert not found.problems
    else:
        problem = ' | '.join(found.problems)
        assert re.search(word, problem), problem
    exact = None not in pts and 'jumps' not in str(word)
    assert (found.ticks == sorted(pts)) if exact else found.ticks is None


def test_pictures_that_are_shown_twice(tmp_path):
    """Packets without content: in AVI and Theora they repeat a picture."""
    ticks = np.append(np.arange(8), np.arange(8) + 30)
    path = write(tmp_path / 'a.avi', ticks, 'mpeg4')
    video = VideoFile(path)
    np.testing.assert_allclose(video.times, ticks / RATE, atol=1e-9)
    assert video.end == pytest.approx(38 / RATE)
    assert list(dict(video.frames())) == list(range(16))


@pytest.mark.parametrize('damaged', [1, 3, 5, 8])
def test_damage_in_interlaced_video(damaged, tmp_path):
    """It is not taken for a video with a packet per field."""
    path = tmp_path / 'a.mkv'
    options = {'preset': 'veryfast', 'x264-params': 'tff=1'}
    write(path, range(40), 'libx264', options=options)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.field_order > 1
        packet = [p for p in container.demux(video=0) if p.size][damaged]
        content, near = bytes(packet), packet.pos
    data = bytearray(path.read_bytes())
    at = data.index(content, near)  # others may be the same
    data[at:at + len(content)] = b'\xff' * len(content)
    path.write_bytes(data)
    video = VideoFile(path)
    assert len(video) == len(VideoReader(path)) == 40
    assert video.end == pytest.approx(40 / RATE, abs=2e-3)
    assert len(dict(video.frames())) > 20


class Bits(str):
    """A growing text of bits, with the codes of H.264."""

    def u(self, value, size):
        return Bits(self + format(value, f'0{size}b'))

    def ue(self, *values):
        bits = self
        for value in values:
            text = format(value + 1, 'b')
            bits = Bits(bits + '0' * (len(text) - 1) + text)
        return bits

    def unit(self, head):
        """The unit, with the bytes that keep start codes out of it."""
        data = Bits(self + '1')
        data = Bits(data + '0' * (-len(data) % 8))
        unit, zeros = bytearray([head]), 0
        for byte in int(data, 2).to_bytes(len(data) // 8, 'big'):
            if zeros >= 2 and byte <= 3:
                unit.append(3)
                zeros = 0
            unit.append(byte)
            zeros = 0 if byte else zeros + 1
        return b'\0\0\0\1' + bytes(unit)


def field(number, bottom):
    """One field of 16 x 16, one block that is not compressed."""
    bits = Bits().ue(0, 7, 0).u(0, 4).u(1, 1).u(bottom, 1)
    if not bottom:
        bits = bits.ue(number % 2)
    bits = bits.u(bottom, 4).u(0, 1 if bottom else 2).ue(0, 1, 25)
    bits = Bits(bits + '0' * (-len(bits) % 8))
    bits = Bits(bits + format(30 + 10 * number, '08b') * 256 +
                '10000000' * 128)
    return bits.unit(0x61 if bottom else 0x65)


def write_fields(path, count):
    """Interlaced H.264, every field a packet of its own (PAFF)."""
    size = Bits().u(77, 8).u(0, 8).u(30, 8).ue(0, 0, 0, 0, 1).u(0, 1)
    size = size.ue(0, 0).u(0, 2).u(1, 1).u(0, 2)
    picture = Bits().ue(0, 0).u(0, 2).ue(0, 0, 0).u(0, 3).ue(0, 0, 0)
    head = size.unit(0x67) + picture.u(4, 3).unit(0x68)
    with av.open(path, 'w') as container:
        stream = container.add_stream('h264', RATE)
        stream.width, stream.height = 16, 32
        for i, bottom in itertools.product(range(count), (0, 1)):
            data = b'\0\0\0\1\x09\x10' + (b'' if bottom else head)
            packet = av.Packet(data + field(i, bottom))
            packet.stream, packet.time_base = stream, Fraction(1, 2 * RATE)
            packet.pts = packet.dts = 2 * i + bottom
            packet.duration, packet.is_keyframe = 1, not bottom
            container.mux(packet)


def test_fields_that_are_packets(tmp_path):
    path = str(tmp_path / 'camcorder.ts')
    write_fields(path, 20)
    with av.open(path) as container:
        assert sum(p.size > 0 for p in container.demux(video=0)) == 40
    with av.open(path) as container:
        truth = [f.to_ndarray(format='rgb24').mean()
                 for f in container.decode(video=0)]  # yapf: disable
    video, reader = VideoFile(path), VideoReader(path)
    np.testing.assert_allclose(video.times, np.arange(20) / RATE, atol=1e-9)
    assert video.end == pytest.approx(20 / RATE) and video.fps == RATE
    assert video.info().problems == ()
    means = {i: video.to_rgb(f).mean() for i, f in video.frames()}
    assert list(means.values()) == truth and len(set(truth)) == 20
    assert len(reader) == 20 and reader.get_avg_fps() == RATE
    assert reader.read([7, 3, 19], np.mean) == [truth[i] for i in (7, 3, 19)]
