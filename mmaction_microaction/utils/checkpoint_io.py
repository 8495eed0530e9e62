# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checkpoint reading that never runs code found in the file.

PyTorch's ``weights_only`` unpickler calls nothing but functions on a list.
mmengine's files need a few more entries, for the logs of its message hub:
:class:`~mmengine.logging.HistoryBuffer` around NumPy arrays. A buffer pickles
its methods through ``builtins.getattr``, which must not be allowed as it is.
So stand-ins only record what the file says, and :func:`_revive` makes the
real objects of it afterwards.
"""
import contextlib
import os
import os.path as osp
import pickle
from typing import Any, Iterator, Optional, Union

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint as mmengine_checkpoint

from .errors import UserError
from .safe_pickle import NUMPY_STAND_INS, PlainArray


class _RecordedBuffer:
    """Stands in for ``HistoryBuffer``; holds its state as it came."""

    def __setstate__(self, state: dict) -> None:
        self.state = state

    def revive(self) -> HistoryBuffer:
        return HistoryBuffer(
            np.asarray(self.state['_log_history']),
            np.asarray(self.state['_count_history']),
            int(self.state['max_length']))


def _getattr(owner: Any, name: str) -> None:
    """Stands in for ``getattr``, by which a buffer names its own methods."""
    if owner is not _RecordedBuffer or name.startswith('_'):
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r}) refused')


def _safe_globals() -> list:
    stand_ins = {
        'builtins.getattr': _getattr,
        'mmengine.logging.history_buffer.HistoryBuffer': _RecordedBuffer,
        **NUMPY_STAND_INS
    }
    # numpy.core is called numpy._core since NumPy 2.
    renamed = {k.replace('.core.', '._core.'): v for k, v in stand_ins.items()}
    return [(v, k) for k, v in {**stand_ins, **renamed}.items()]


_SAFE_GLOBALS = _safe_globals()


def _revive(item: Any) -> Any:
    """Replace the stand-ins inside containers by the real objects."""
    if isinstance(item, _RecordedBuffer):
        return item.revive()
    if isinstance(item, PlainArray):
        return np.asarray(item)
    if isinstance(item, dict):
        # In place: a state dict carries its metadata as an attribute.
        for key, value in item.items():
            item[key] = _revive(value)
    elif isinstance(item, (list, tuple)) and not hasattr(item, '_fields'):
        return type(item)(_revive(value) for value in item)
    return item


@contextlib.contextmanager
def _readable_errors(source: str) -> Iterator[None]:
    """Turn the unpickler's errors into one line that names the file."""
    try:
        yield
    except pickle.UnpicklingError as e:
        reason = str(e).split('\n')[0]
        if 'GLOBAL' in str(
                e):  # "... Unsupported global: GLOBAL os.system ..."
            reason = str(e)[str(e).index('GLOBAL'):].split(' was not')[0]
        raise UserError(
            f'{source} is refused: it is no plain checkpoint of tensors and '
            f'training state, loading it could run code ({reason}). If you '
            'trust it, open it in Python yourself and save its state_dict '
            'alone.') from e
    except OSError:  # these say what is wrong by themselves
        raise
    except Exception as e:  # a damaged file can raise nearly anything
        if 'CUDA' in str(e):
            raise
        raise UserError(f'{source} cannot be read as a checkpoint: it is '
                        'empty, truncated or no checkpoint at all '
                        f'({type(e).__name__}: {str(e)[:200]})') from e


def load_from_local(filename: Union[str, os.PathLike],
                    map_location: Optional[Any] = 'cpu') -> dict:
    """Load a checkpoint file without running code that it may contain.

    Args:
        filename (str): A file written by ``torch.save``: by mmengine, by mmcv
            1.x or a plain state dict.
        map_location (str | torch.device, optional): As in ``torch.load``.

    Returns:
        dict: The checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, or holds anything but tensors,
            plain containers and mmengine's training state.
    """
    filename = osp.expanduser(filename)
    if not osp.isfile(filename):
        raise FileNotFoundError(f'checkpoint {filename} does not exist')
    with _readable_errors(f'checkpoint {filename}'), \
            torch.serialization.safe_globals(_SAFE_GLOBALS):
        checkpoint = _revive(
            torch.load(filename, map_location=map_location, weights_only=True))
    if not isinstance(checkpoint, dict):
        raise UserError(f'checkpoint {filename} holds no state dict, but a '
                        f'{type(checkpoint).__name__}')
    return checkpoint


_download = mmengine_checkpoint.load_url


def load_from_http(filename: str,
                   map_location: Optional[Any] = None,
                   model_dir: Optional[str] = None,
                   progress: bool = True) -> dict:
    """Download a checkpoint (rank 0 first) and load it as safely.

    Args:
        filename (str): Address of the checkpoint.
        map_location (str | torch.device, optional): As in ``torch.load``.
        model_dir (str, optional): Where to keep the file. Defaults to
            PyTorch's hub folder.
        progress (bool): Whether to show a progress bar. Defaults to True.

    Returns:
        dict: The checkpoint.

    Raises:
        ValueError: As :func:`load_from_local`.
    """
    rank, world_size = mmengine_checkpoint.get_dist_info()

    def fetch() -> dict:
        with _readable_errors(filename), \
                torch.serialization.safe_globals(_SAFE_GLOBALS):
            return _revive(
                _download(
                    filename,
                    model_dir=model_dir,
                    map_location=map_location,
                    progress=progress,
                    weights_only=True))

    checkpoint = fetch() if rank == 0 else None
    if world_size > 1:
        torch.distributed.barrier()
        checkpoint = checkpoint or fetch()
    return checkpoint
