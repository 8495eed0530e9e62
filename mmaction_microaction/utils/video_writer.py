# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""H.264 video files, written with PyAV.

Shapes: T frames of H x W pixels.
"""
import os
import os.path as osp
from contextlib import contextmanager
from fractions import Fraction
from typing import Iterable, Iterator, Optional, Union

import av
import numpy as np

from .errors import UserError
from .new_file import new_path


def write_video(path: Union[str, os.PathLike],
                frames: Iterable[np.ndarray],
                fps: float = 30,
                gop: int = 8,
                crf: int = 18) -> int:
    """Write an mp4 that is cheap to decode at random positions.

    Args:
        path (str): File to write; appears only when it is complete.
        frames (Iterable[np.ndarray]): T frames (H, W, 3), uint8, RGB; even H
            and W, all of one size.
        fps (float): Frames per second. Defaults to 30.
        gop (int): Frames from one key frame to the next. Defaults to 8.
        crf (int): Quality, 0 (best) to 51. Defaults to 18.

    Returns:
        int: Number of frames written.

    Raises:
        ValueError: If there is no frame, a frame is no RGB picture of even
            size, or the size changes.
    """
    stream, size, count = None, None, 0
    with open_mp4(path) as container:
        for count, frame in enumerate(frames, start=1):
            if stream is None:
                size = _check(frame, None)
                stream = container.add_stream(
                    'libx264', rate=Fraction(fps).limit_denominator(1001))
                stream.height, stream.width = size
                stream.pix_fmt = 'yuv420p'
                stream.codec_context.gop_size = gop
                stream.options = dict(
                    crf=str(crf),
                    preset='veryfast',
                    tune='fastdecode',
                    bf='0',
                    sc_threshold='0')  # no key frames in between
            _check(frame, size)
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            container.mux(stream.encode(picture))
        if stream is None:
            raise UserError(f'{os.fspath(path)}: no frame to write')
        container.mux(stream.encode())
    return count


@contextmanager
def open_mp4(
        path: Union[str,
                    os.PathLike]) -> Iterator[av.container.OutputContainer]:
    """Open an mp4 file that appears under its name only when it is complete.

    Args:
        path (str): File to write; an old one stays if anything goes wrong.

    Yields:
        OutputContainer: To add streams to.

    Raises:
        OSError: If the file cannot be written.
    """
    path = os.fspath(path)
    with new_path(path) as part:
        # The prefix: 'a:b.mp4' would be taken for an address.
        with av.open(f'file:{part}', 'w', format='mp4') as container:
            yield container


def _check(frame: np.ndarray, size: Optional[tuple]) -> tuple:
    """Raise ValueError unless the frame fits; returns its (H, W)."""
    shape, size = frame.shape, size or frame.shape[:2]
    if (frame.dtype != np.uint8 or shape != (*size, 3) or shape[0] % 2
            or shape[1] % 2):
        raise UserError('frames must be uint8 RGB pictures (H, W, 3) of one '
                        f'even size, but got {frame.dtype} {shape}')
    return size


def add_video(backend,
              name: str,
              frames: np.ndarray,
              step: int = 0,
              fps: int = 4,
              out_type: str = 'img',
              **kwargs) -> None:
    """``LocalVisBackend.add_video`` of the host, without moviepy.

    Args:
        backend (LocalVisBackend): The backend, ``self`` there.
        name (str): Name of the file, without folder.
        frames (np.ndarray): Shape (T, H, W, 3), uint8, BGR as the host's
            visualizer hands them over.
        step (int): Number in the folder's name for ``out_type='img'``.
        fps (int): Frames per second. Defaults to 4.
        out_type (str): ``'img'``, ``'gif'`` or ``'video'``.
        **kwargs: Ignored, as in the host.
    """
    from PIL import Image
    backend._init_env()
    frames = np.ascontiguousarray(frames[..., ::-1])
    stem = osp.join(backend._save_dir, osp.splitext(name)[0])
    if out_type == 'video':
        h, w = frames.shape[1] // 2 * 2, frames.shape[2] // 2 * 2
        write_video(f'{stem}.mp4', frames[:, :h, :w], fps=fps)
        return
    pictures = [Image.fromarray(frame) for frame in frames]
    if out_type == 'gif':
        pictures[0].save(
            f'{stem}.gif',
            save_all=True,
            append_images=pictures[1:],
            duration=1000 / fps,
            loop=0)
        return
    folder = osp.join(backend._save_dir, name, f'frames_{step}')
    os.makedirs(folder, exist_ok=True)
    for i, picture in enumerate(pictures):
        picture.save(osp.join(folder, f'{i}.png'))
