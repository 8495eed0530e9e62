# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math
from pathlib import Path

import av
import decord
import numpy as np
import pytest

from mmaction_microaction.utils.video_writer import (SoundTracks, open_mp4,
                                                     write_video)


def frames(count, height=64, width=64):
    """Noise on grey levels that tell the frames apart."""
    rng = np.random.default_rng(0)
    noise = rng.integers(-10, 11, (count, height, width, 3))
    return [np.uint8(x + 10 + 8 * i) for i, x in enumerate(noise)]


@pytest.mark.parametrize('count', [1, 9, 25])
def test_every_frame_comes_back_in_order(count, tmp_path):
    path, again = str(tmp_path / 'clip.mp4'), tmp_path / 'again.mp4'
    for file in (path, again):
        assert write_video(file, frames(count), fps=25) == count
    assert again.read_bytes() == Path(path).read_bytes()
    reader = decord.VideoReader(path)
    assert len(reader.get_key_indices()) == -(-count // 8)
    assert reader.get_avg_fps() == pytest.approx(25)
    means = reader.get_batch(range(len(reader))).asnumpy().mean((1, 2, 3))
    np.testing.assert_allclose(means, 10 + 8 * np.arange(count), atol=2)


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
    path.write_bytes(b'old')

    def breaks():
        yield from frames(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(path, breaks())
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


def write_tones(path, codec, hertz, rate):
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


def carry(source, target, shift):
    """Of each new track: kind, first and last time, strongest frequency."""
    with av.open(str(source)) as file, open_mp4(target) as container:
        tracks = SoundTracks(file, container, shift)
        for time in (0.5, 1., 1.5, math.inf):
            tracks.write_until(time)
    found = []
    with av.open(str(target)) as container:
        for stream in container.streams.audio:
            container.seek(0)
            frames = list(container.decode(stream))
            wave = np.concatenate([f.to_ndarray() for f in frames], axis=1)[0]
            peak = np.abs(np.fft.rfft(wave)).argmax() / len(wave)
            last, rate = frames[-1], frames[0].rate
            found.append(((stream.codec_context.name, rate), frames[0].time,
                          last.time + last.samples / rate, peak * rate))
    return zip(*found)


@pytest.mark.parametrize('ending, codec, rate, expected', [
    ('mp4', 'aac', 48000, ('aac', 48000)),
    ('mkv', 'flac', 48000, ('aac', 48000)),
    ('mkv', 'libopus', 48000, ('opus', 48000)),
    ('mkv', 'pcm_s16le', 5512, ('aac', 7350)),
    ('mkv', 'pcm_s16le', 37800, ('aac', 44100)),
    ('mkv', 'pcm_s16le', 96000, ('aac', 48000)),
])
@pytest.mark.parametrize('shift', [0., -1.])
def test_all_tracks_are_carried_over(ending, codec, rate, expected, shift,
                                     tmp_path):
    path = tmp_path / f'sound.{ending}'
    write_tones(path, codec, (440, 880), rate)
    kinds, starts, ends, peaks = carry(path, tmp_path / 'o.mp4', shift)
    assert kinds == (expected, expected)
    late = 0.3 if rate == 5512 else 0.1  # of AAC's frames of 1024 samples
    assert starts == pytest.approx([-shift] * 2, abs=late)
    assert ends == pytest.approx([2 - shift] * 2, abs=late)
    assert peaks == pytest.approx([440, 880], rel=0.02)


def test_sound_is_written_in_time(tmp_path):
    """Not more at once than is asked for: players read side by side."""
    write_tones(tmp_path / 'sound.mp4', 'aac', (440, ), 48000)
    times = []

    class Spy:

        def add_stream_from_template(self, template):
            return template

        def mux(self, packet):
            times.append(float(packet.pts * packet.time_base))

    with av.open(str(tmp_path / 'sound.mp4')) as source:
        tracks = SoundTracks(source, Spy())
        for time in (0.5, 1.):
            tracks.write_until(time)
            assert time - .2 < max(times) < time
