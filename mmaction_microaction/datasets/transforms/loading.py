# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MMAction2's decord transforms, which here name the file they fail on."""
from contextlib import contextmanager
from typing import Iterator

from mmaction.datasets.transforms import DecordDecode, DecordInit
from mmaction.registry import TRANSFORMS


@contextmanager
def _naming(filename: str) -> Iterator[None]:
    """Turn decord's errors into one that says which file is damaged."""
    try:
        yield
    except (ImportError, OSError):  # these say what is missing by themselves
        raise
    except Exception as error:  # decord's own exception is a plain Exception
        reason = str(error).strip().partition('\n')[0]
        raise RuntimeError(
            f'{filename} is not a video, cut off or damaged ({reason}); '
            '`python tools/data/check_data.py ROOT` finds all such files'
        ) from error


@TRANSFORMS.register_module()
class MicroActionDecordInit(DecordInit):
    """Open a video with decord.

    Arguments and keys are those of MMAction2's ``DecordInit``.

    Raises:
        FileNotFoundError: If there is no such file.
        RuntimeError: If the file is no video; the message names it.
    """

    def transform(self, results: dict) -> dict:
        """Open ``results['filename']``."""
        with _naming(results['filename']):
            return super().transform(results)


@TRANSFORMS.register_module()
class MicroActionDecordDecode(DecordDecode):
    """Decode the sampled frames with decord.

    Arguments and keys are those of MMAction2's ``DecordDecode``.

    Raises:
        RuntimeError: If a frame cannot be decoded; the message names the
            file.
    """

    def transform(self, results: dict) -> dict:
        """Decode ``results['frame_inds']``."""
        with _naming(results['filename']):
            return super().transform(results)
