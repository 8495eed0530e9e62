# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results of videos that nobody has seen."""
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image, ImageColor

from mmaction_microaction.results import Segment, VideoInfo, VideoResult


@pytest.fixture(scope='session')
def like():
    """A function that marks the pixels, (H, W) bool, of an array or a file
    that have a colour; ``near`` is the greatest difference."""

    def like(picture, colour, near=2):
        if not isinstance(picture, np.ndarray):
            picture = np.asarray(Image.open(picture).convert('RGB'))
        distance = np.abs(picture.astype(int) - ImageColor.getrgb(colour))
        return distance.max(axis=-1) <= near

    return like


@pytest.fixture(scope='session')
def make_result():
    """A function that makes a result, of given or of random segments."""

    def make(segments=(), duration=10., random=0, name='a.mp4', step=0.5):
        rng, segments = np.random.default_rng(0), list(segments)
        for start in rng.uniform(0, 0.95 * duration, random):
            end = min(start + rng.gamma(3, 0.3), duration)
            action, score = int(rng.integers(52)), rng.uniform()
            segments.append(Segment(start, end, action, score))
        starts = np.arange(0, duration, step)
        scores = rng.dirichlet(np.full(52, 0.2), len(starts)).astype('f')
        info = VideoInfo(name, name, 80, 64, int(duration * 30), 30., duration)
        return VideoResult(info,
                           scores.sum(axis=0) / max(len(starts), 1), starts,
                           np.minimum(starts + step, duration), scores,
                           sorted(segments, key=lambda s: s.start))

    return make


@pytest.fixture(scope='session')
def write_clip():
    """A function that writes a video of grey pictures at some milliseconds,
    frame i as bright as ``20 + 8 * i``, with a sound of one tone on demand;
    ``aspect`` is that of a pixel."""

    def write(path,
              times=range(0, 800, 40),
              size=(64, 80),
              codec='libx264',
              sound=None,
              aspect=None,
              **options):
        with av.open(str(path), 'w') as container:
            stream = container.add_stream(codec, rate=25, options=options)
            stream.height, stream.width = size
            stream.pix_fmt = 'yuv420p' if not size[1] % 2 else 'yuv444p'
            stream.codec_context.time_base = Fraction(1, 1000)
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            tone = sound and container.add_stream(sound, rate=16000)
            for i, time in enumerate(times):
                grey = np.full((*size, 3), 20 + 8 * (i % 25), np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, 'rgb24')
                frame.pts, frame.time_base = time, Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
            if tone:
                wave = np.sin(np.arange(16 * times[-1]) / 8)[None] * 8000
                frame = av.AudioFrame.from_ndarray(
                    wave.astype(np.int16), 's16', 'mono')
                frame.rate, frame.pts = 16000, 0
                frame.time_base = Fraction(1, 16000)
                container.mux([*tone.encode(frame), *tone.encode()])
        return str(path)

    return write
