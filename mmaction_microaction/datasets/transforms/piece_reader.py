# Copyright (c) mmaction-microaction contributors. All rights reserved.
from contextlib import contextmanager
from typing import (Callable, Iterator, List, NamedTuple, Optional, Sequence,
                    Tuple)

import mmcv
import numpy as np

from mmaction_microaction.utils.errors import UserRuntimeError, reason_of
from mmaction_microaction.utils.video import VideoReader


@contextmanager
def naming(filename: str) -> Iterator[None]:
    """Turn a decoder's errors into one that says which file is damaged."""
    try:
        yield
    except (ImportError, OSError, UserRuntimeError):
        raise  # these say by themselves what is missing or damaged
    except Exception as error:
        raise UserRuntimeError(
            f'{filename} is not a video, cut off or damaged '
            f'({reason_of(error, filename)}); '
            '`python tools/data/check_data.py ROOT` finds all such files'
        ) from error


class Piece(NamedTuple):
    """What frames ``start``, ``start`` + 1, ... of a made-up video show: the
    (n,) int ``frames`` of a file."""
    filename: str
    start: int
    frames: np.ndarray


class PieceReader:
    """Reads a video made of pieces of files as :class:`VideoReader` does one
    file; where pieces overlap, their pictures are averaged.

    A file is opened when one of its frames is wanted. Pictures of another size
    are resized to that of the first piece in use, whose ``shape`` it has.

    Args:
        open_file (Callable): Makes a ``VideoReader`` of a path.
        total_frames (int): Of the made-up video, each in a piece or more.
    """

    def __init__(self, pieces: Sequence[Piece],
                 open_file: Callable[[str], VideoReader], total_frames: int,
                 fps: float) -> None:
        self._pieces, self._open, self._fps = pieces, open_file, fps
        self._total = total_frames
        self.shape: Optional[Tuple[int, int]] = None

    def __len__(self) -> int:
        return self._total

    def get_avg_fps(self) -> float:
        """Frames per second."""
        return self._fps

    def read(self, indices: Sequence[int],
             convert: Callable[[np.ndarray], np.ndarray]) -> List[np.ndarray]:
        """As of :class:`VideoReader`, for indices from 0 on."""
        indices, size = np.asarray(indices), None
        found: List[List[np.ndarray]] = [[] for _ in indices]
        for piece in self._pieces:
            at = indices - piece.start
            places, = np.nonzero((at >= 0) & (at < len(piece.frames)))
            if not len(places):
                continue
            reader = self._open(piece.filename)
            with naming(piece.filename):
                imgs = reader.read(piece.frames[at[places]], convert)
            for place, img in zip(places, imgs):
                size = size or img.shape[1::-1]
                if img.shape[1::-1] != size:
                    img = mmcv.imresize(img, size)
                found[place].append(img)
            self.shape = self.shape or reader.shape
            reader.close()
        return [
            x[0] if len(x) == 1 else np.uint8(np.mean(x, axis=0).round())
            for x in found
        ]

    def close(self) -> None:
        """As of :class:`VideoReader`; no file is open."""
