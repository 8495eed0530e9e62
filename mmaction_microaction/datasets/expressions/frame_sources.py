# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Clips as numbered frames, whether they are folders or videos.

Shapes: T frames of H x W pixels.
"""
import os.path as osp
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import VideoReader
from .apex import departure, reduce_frame
from .frames import list_frames, read_frames

#: Frames a second of CASME II and SAMM, where a folder does not say.
FOLDER_FPS = 200.


class FrameFolder:
    """A folder of pictures ``<name><number>.jpg``, ``.png`` or ``.bmp``.

    Args:
        path (str): The folder.

    Attributes:
        numbers (list[int]): Of the frames, as in the file names, sorted.
        fps (float): 200, that of CASME II and SAMM.

    Raises:
        FileNotFoundError: If it has no such pictures.
    """
    fps = FOLDER_FPS

    def __init__(self, path: str) -> None:
        self._files = list_frames(path)
        if not self._files:
            raise FileNotFoundError(
                f'{path!r} has no frames <name><number>.jpg, .png or .bmp')
        self.numbers: List[int] = list(self._files)

    def read(self,
             numbers: Sequence[int],
             convert: Optional[Callable[[np.ndarray], Any]] = None) -> list:
        """Read frames by their numbers, (H, W, 3) uint8 RGB; or what
        ``convert`` makes of each as soon as it is read."""
        return read_frames([self._files[i] for i in numbers], convert)


class VideoFrames:
    """A video, as :class:`FrameFolder`; frames count from 0.

    Args:
        path (str): The file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no video.
    """

    def __init__(self, path: str) -> None:
        self._path, video = path, VideoReader(path)
        self.numbers: List[int] = list(range(len(video)))
        self.fps = video.get_avg_fps() or 30.
        video.close()

    def read(self,
             numbers: Sequence[int],
             convert: Optional[Callable[[np.ndarray], Any]] = None) -> list:
        """As :meth:`FrameFolder.read`."""
        video = VideoReader(self._path)
        frames = video.read(numbers, convert or (lambda frame: frame))
        video.close()
        return frames


def open_clip(path: str) -> Any:
    """Open a clip without annotation: a video, or a folder of numbered
    pictures, with at least two frames."""
    clip = FrameFolder(path) if osp.isdir(path) else VideoFrames(path)
    if len(clip.numbers) < 2:
        raise UserError(f'{path}: expected a video or a folder with at least '
                        f'two frames, but got {len(clip.numbers)}')
    return clip


def locate_apex(clip: Any) -> Tuple[int, np.ndarray]:
    """Find the apex of a clip that begins with the onset.

    Frames are reduced as they are read, so a long video needs little memory.

    Returns:
        tuple[int, np.ndarray]: Place of the apex among ``clip.numbers``, and
        by how much every frame departs from the first (:func:`departure`).
    """
    curve = departure(clip.read(clip.numbers, reduce_frame))
    return 1 + int(curve[1:].argmax()), curve
