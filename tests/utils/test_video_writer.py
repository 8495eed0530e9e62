# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import av
import decord
import numpy as np
import pytest

from mmaction_microaction.utils.video_writer import (SoundTracks, open_mp4,
                                                     write_video)


def frames(count, height=64, width=64):
    """Grey levels that tell the frames apart."""
    return [
        np.full((height, width, 3), 10 + 8 * i, np.uint8) for i in range(count)
    ]


@pytest.mark.parametrize('count', [1, 9, 25])
def test_every_frame_comes_back_in_order(count, tmp_path):
    path = str(tmp_path / 'clip.mp4')
    assert write_video(path, frames(count), fps=25) == count
    reader = decord.VideoReader(path)
    assert len(reader) == count
    assert reader.get_avg_fps() == pytest.approx(25)
    means = [reader[i].asnumpy().mean() for i in range(count)]
    np.testing.assert_allclose(means, 10 + 8 * np.arange(count), atol=2)
    assert len(reader.get_key_indices()) == -(-count // 8)


def test_the_same_bytes_every_time(tmp_path):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(20)]
    for name in 'ab':
        write_video(tmp_path / name, noise)
    assert (tmp_path / 'a').read_bytes() == (tmp_path / 'b').read_bytes()


@pytest.mark.parametrize('given, match', [
    ([], 'no frame'),
    (frames(2, height=63), 'even'),
    (frames(2) + frames(1, width=32), 'one even size'),
    ([np.zeros((64, 64), np.uint8)], 'RGB'),
    ([np.zeros((64, 64, 3))], 'uint8'),
])
def test_what_is_no_video_leaves_no_file(given, match, tmp_path):
    with pytest.raises(ValueError, match=match):
        write_video(tmp_path / 'clip.mp4', given)
    assert not list(tmp_path.iterdir())


def test_an_error_on_the_way_keeps_the_old_file(tmp_path):
    path = tmp_path / 'a:b.mp4'  # no address of a protocol 'a'
    write_video(path, frames(1))
    path.write_bytes(b'old')

    def breaks():
        yield from frames(3)
        assert path.read_bytes() == b'old'
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(path, breaks())
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


def write_tones(path, codec, hertz=(440, 880), rate=16000):
    """Two seconds of sound alone, a track for each tone."""
    with av.open(str(path), 'w') as container:
        tracks = [
            container.add_stream(codec, rate=rate, layout='mono')
            for _ in hertz
        ]
        for track, tone in zip(tracks, hertz):
            sine = f'sine={tone}:sample_rate={rate}:duration=2'
            with av.open(sine, format='lavfi') as source:
                for frame in source.decode(audio=0):
                    container.mux(track.encode(frame))
            container.mux(track.encode())


def tones_of(path):
    """Of each track: codec, first and last time, strongest frequency."""
    found = []
    with av.open(str(path)) as container:
        for stream in container.streams.audio:
            container.seek(0)
            frames = list(container.decode(stream))
            wave = np.concatenate([f.to_ndarray() for f in frames], axis=1)[0]
            peak = np.abs(np.fft.rfft(wave)).argmax() / len(wave)
            last, rate = frames[-1], frames[0].rate
            found.append((stream.codec_context.name, frames[0].time,
                          last.time + last.samples / rate, peak * rate))
    return found


def carry(source, target, shift=0., times=(math.inf, )):
    with av.open(str(source)) as file, open_mp4(target) as container:
        tracks = SoundTracks(file, container, shift)
        for time in times:
            tracks.write_until(time)
    return tones_of(target)


@pytest.mark.parametrize('shift', [0., -1.])
@pytest.mark.parametrize('codec, ending, expected',
                         [('aac', 'mp4', 'aac'), ('flac', 'mkv', 'aac'),
                          ('libopus', 'mkv', 'opus')])
def test_all_tracks_are_carried_over(codec, ending, expected, shift, tmp_path):
    path = tmp_path / f'sound.{ending}'
    write_tones(path, codec, rate=48000)
    found = carry(path, tmp_path / 'o.mp4', shift, (0.5, 1., 1.5, math.inf))
    names, starts, ends, peaks = zip(*found)
    assert names == (expected, ) * 2
    assert starts == pytest.approx([-shift] * 2, abs=0.05)
    assert ends == pytest.approx([2 - shift] * 2, abs=0.1)
    assert peaks == pytest.approx([440, 880], rel=0.02)


def test_sound_is_written_in_time(tmp_path):
    """Not more at once than is asked for: players read side by side."""
    write_tones(tmp_path / 'sound.mp4', 'aac', (440, ))
    times = []

    class Spy:

        def add_stream_from_template(self, template):
            return template

        def mux(self, packet):
            times.append(float(packet.pts * packet.time_base))

    with av.open(str(tmp_path / 'sound.mp4')) as source:
        tracks = SoundTracks(source, Spy())
        tracks.write_until(0.5)
        assert 0.3 < max(times) < 0.5
        tracks.write_until(1.)
        assert 0.8 < max(times) < 1.


@pytest.mark.parametrize('rate, expected', [(5512, 7350), (37800, 44100),
                                            (96000, 48000)])
def test_rates_that_aac_does_not_know(rate, expected, tmp_path):
    write_tones(tmp_path / 'sound.wav', 'pcm_s16le', (440, ), rate=rate)
    (name, _, end, peak), = carry(tmp_path / 'sound.wav', tmp_path / 'o.mp4')
    with av.open(str(tmp_path / 'o.mp4')) as container:
        assert container.streams.audio[0].rate == expected
    assert name == 'aac' and end == pytest.approx(2, abs=0.3)
    assert peak == pytest.approx(440, rel=0.02)
