# Copyright (c) mmaction-microaction contributors. All rights reserved.
from contextlib import contextmanager
from typing import Callable, Iterator, List, NamedTuple, Sequence

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
    """Reads a video made of pieces as ``VideoReader`` does a file, which
    ``open_file`` makes of a path once a frame of it is wanted. Where pieces
    overlap, pictures are averaged; they get the size of the first in use."""

    def __init__(self, pieces: Sequence[Piece],
                 open_file: Callable[[str], VideoReader]) -> None:
        self._pieces, self._open = pieces, open_file
        self.shape = None

    def read(self, indices: Sequence[int],
             convert: Callable[[np.ndarray], np.ndarray]) -> List[np.ndarray]:
        """As of ``VideoReader``, for indices from 0 on."""
        indices, size = np.asarray(indices), None
        found: List[List[np.ndarray]] = [[] for _ in indices]
        for filename, start, frames in self._pieces:
            at = indices - start
            places, = np.nonzero((at >= 0) & (at < len(frames)))
            if not len(places):
                continue
            reader = self._open(filename)
            with naming(filename):
                imgs = reader.read(frames[at[places]], convert)
            self.shape = self.shape or reader.shape
            reader.close()
            size = size or imgs[0].shape[1::-1]
            for place, img in zip(places, imgs):
                found[place].append(mmcv.imresize(img, size))
        return [
            x[0] if len(x) == 1 else np.uint8(np.mean(x, axis=0).round())
            for x in found
        ]

    def close(self) -> None:
        """No file is open."""
