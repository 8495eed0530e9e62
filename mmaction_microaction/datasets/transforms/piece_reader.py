# Copyright (c) mmaction-microaction contributors. All rights reserved.
from contextlib import contextmanager
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence

import mmcv
import numpy as np

from mmaction_microaction.utils.errors import UserRuntimeError, reason_of
from mmaction_microaction.utils.video_reader import VideoIndex, VideoReader


@contextmanager
def reraise_with_filename(filename: str) -> Iterator[None]:
    """Re-raise decoder errors as UserRuntimeError with the file name, which is
    their attribute ``clip``, too."""
    try:
        yield
    except (ImportError, OSError, UserRuntimeError) as error:
        error.clip = filename
        raise  # their messages are complete
    except Exception as error:
        new = UserRuntimeError(
            f'{filename} is not a video, cut off or damaged '
            f'({reason_of(error, filename)}); '
            '`python tools/data/check_data.py ROOT` finds all such files')
        new.clip = filename
        raise new from error


class Piece(NamedTuple):
    """A part of a composed video."""
    filename: str
    start: int  # first frame in the composed video
    frames: np.ndarray  # (n,) int, frame indices in the file
    index: Optional[VideoIndex] = None  # of the file


class PieceReader:
    """Reads a video composed of pieces, with the interface of ``VideoReader``;
    ``open_file`` gets a file and its index. Overlapping pieces are averaged,
    in the size of the first frame read."""

    def __init__(self, pieces: Sequence[Piece],
                 open_file: Callable[..., VideoReader]) -> None:
        self._pieces, self._open = pieces, open_file
        self.shape = None

    def read(self, indices: Sequence[int],
             convert: Callable[[np.ndarray], np.ndarray]) -> List[np.ndarray]:
        """As ``VideoReader.read``, for non-negative indices."""
        indices, size = np.asarray(indices), None
        found: List[List[np.ndarray]] = [[] for _ in indices]
        for filename, start, frames, index in self._pieces:
            at = indices - start
            inside, = np.nonzero((at >= 0) & (at < len(frames)))
            if not len(inside):
                continue
            reader = self._open(filename, index)
            with reraise_with_filename(filename):
                imgs = reader.read(frames[at[inside]], convert)
            self.shape = self.shape or reader.shape
            reader.close()
            size = size or imgs[0].shape[1::-1]
            for index, img in zip(inside, imgs):
                found[index].append(mmcv.imresize(img, size))
        return [
            x[0] if len(x) == 1 else np.uint8(np.mean(x, axis=0).round())
            for x in found
        ]

    def close(self) -> None:
        """No-op: no file stays open."""
