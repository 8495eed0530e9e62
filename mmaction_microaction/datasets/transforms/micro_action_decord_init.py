# Copyright (c) mmaction-microaction contributors. All rights reserved.
from contextlib import contextmanager
from typing import Iterator

from mmaction.datasets.transforms import DecordInit
from mmaction.registry import TRANSFORMS


@contextmanager
def naming(filename: str) -> Iterator[None]:
    """Turn a decoder's errors into one that says which file is damaged."""
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
    """MMAction2's ``DecordInit``, which here names the file it fails on."""

    def transform(self, results: dict) -> dict:
        """Open ``results['filename']``."""
        with naming(results['filename']):
            return super().transform(results)
