# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Small videos of every kind.

Shapes: T frames of H x W pixels.
"""
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest


@pytest.fixture(scope='session')
def frames_of():
    """A function that draws (T, H, W, 3) uint8: a pattern that moves, no two
    frames alike."""

    def draw(count, height=48, width=64):
        noise = np.random.default_rng(0).integers(
            0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        still = cv2.resize(
            noise, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.stack([
            np.roll(still, (i, 3 * i), (0, 1)) // 2 + np.uint8(i % 120)
            for i in range(count)
        ])

    return draw


def encode_video(path,
                 frames,
                 codec='libx264',
                 pix_fmt='yuv420p',
                 options=(('bf', '2'), ('preset', 'veryfast')),
                 gop=12,
                 fps=30,
                 ticks=None,
                 **kwargs):
    """Write frames with any codec; ``ticks`` are their times in 1/1000 s."""
    with av.open(str(path), 'w', **kwargs) as container:
        stream = container.add_stream(codec, rate=Fraction(fps))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.gop_size = gop
        stream.options = dict(options)
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(picture), format='rgb24')
            frame.pts = i if ticks is None else int(ticks[i])
            if ticks is not None:
                frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return str(path)


@pytest.fixture(scope='session')
def encode():
    """The function :func:`encode_video`."""
    return encode_video


@pytest.fixture(scope='session')
def lossless():
    """:func:`encode_video`, but frames are read again to the bit."""
    return lambda path, frames, **kwargs: encode_video(
        path, frames, codec='ffv1', pix_fmt='bgr0', options=(), **kwargs)
