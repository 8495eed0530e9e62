# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Pickles, read without running code that is in them.

A pickle names the functions that rebuild its objects; here it may name those
of :data:`_ALLOWED` alone. NumPy's helpers, which take bytes for pointers, and
``getattr``, by which ``HistoryBuffer`` pickles its methods, have stand-ins.
"""
import io
import pickle
import re
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch._utils import _rebuild_tensor_v2

from .errors import UserError
from .limits import check_checkpoint, check_shared


class _DType:
    """Stands in for ``numpy.dtype``, which a file must not get hold of."""

    def __init__(self, code: str, *_) -> None:
        if not re.fullmatch('[biufc][0-9]{1,2}', code):
            raise pickle.UnpicklingError(f'refused the data type {code!r}')
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        # (version, byte order, ...); the rest describes structured types.
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array(np.ndarray):
    """An array that takes no data type but a :class:`_DType`."""

    def __new__(cls, *args) -> '_Array':
        if args:  # shape, type and buffer of the file's making
            raise pickle.UnpicklingError('refused a call of numpy.ndarray')
        return super().__new__(cls, 0)

    def __setstate__(self, state: tuple) -> None:
        _, shape, kind, is_fortran, data = state
        super().__setstate__((1, shape, _real(kind), is_fortran, data))


class _Buffer:
    """Stands in for ``HistoryBuffer``; holds its state as it came."""

    def __setstate__(self, state: dict) -> None:
        self.state = state


class _Settings(_Buffer):
    """Stands in for a Namespace, the command line that made a checkpoint."""
    state: dict = {}


def _real(kind: Any) -> np.dtype:
    if not isinstance(kind, _DType):
        raise pickle.UnpicklingError(f'refused the data type {kind!r}')
    return kind.dtype


def _array(data: bytes, kind: _DType, shape: tuple = (1, ), order: str = 'C'):
    return np.frombuffer(data, _real(kind)).reshape(shape, order=order)


def _storage(data: bytes) -> Any:
    """A tensor's numbers, a nested torch file that torch would just open."""
    check_checkpoint(io.BytesIO(data))
    return torch.load(io.BytesIO(data), weights_only=True)


def _no_bytes(*size: int) -> bytes:
    """Protocol 2 spells those of an empty array as a call of ``bytes``."""
    if size:
        raise pickle.UnpicklingError('refused a call of bytes')
    return b''


def _path(*parts: str) -> str:
    return '/'.join(map(str, parts))


def _getattr(owner: Any, name: str) -> None:
    """Stands in for ``getattr``, by which a buffer names its own methods."""
    if owner is not _Buffer or name.startswith('_'):
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r}) refused')


#: What a file may name, and what it gets; ``numpy._core`` counts as
#: ``numpy.core``, its name before NumPy 2.
_ALLOWED = {
    'builtins.getattr': _getattr,
    'mmengine.logging.history_buffer.HistoryBuffer': _Buffer,
    'numpy.dtype': _DType,
    'numpy.ndarray': _Array,
    'numpy.core.multiarray._reconstruct': lambda *_: _Array(),
    'numpy.core.multiarray.scalar': lambda kind, data: _array(data, kind)[0],
    'numpy.core.numeric._frombuffer': _array,
    'collections.OrderedDict': OrderedDict,
    # How protocol 2, which mmengine writes, spells bytes.
    '_codecs.encode': lambda text, _: text.encode('latin1'),
    '__builtin__.bytes': _no_bytes,
    'builtins.bytes': _no_bytes,
    'torch.Size': torch.Size,
    'torch._utils._rebuild_tensor_v2': _rebuild_tensor_v2,
    'torch.storage._load_from_bytes': _storage,
}
#: The part of it that PyTorch does not know by itself, for ``safe_globals``.
FOR_TORCH = [(stand_in, spelling) for name, stand_in in _ALLOWED.items()
             if not name.startswith(('torch.', 'collections.', '_codecs.'))
             for spelling in {name, name.replace('.core.', '._core.')}]
# What other tools save beside the weights, settings and paths, as plain data.
FOR_TORCH += [(_Settings, 'argparse.Namespace')]
FOR_TORCH += [(OrderedDict, f'{package}.AttributeDict')
              for package in ('pytorch_lightning.utilities.parsing',
                              'lightning.fabric.utilities.data',
                              'lightning_fabric.utilities.data')]
FOR_TORCH += [(_path, f'{module}.{system}Path')
              for module in ('pathlib', 'pathlib._local')
              for system in ('Posix', 'Windows')]


class _Unpickler(pickle._Unpickler):
    """The pure Python unpickler, whose steps can be watched."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def load_build(self) -> None:
        # Sets attributes of what the file puts there: a function, say.
        if not isinstance(self.stack[-2], (_DType, _Array)):
            raise pickle.UnpicklingError(
                f'refused to change a {type(self.stack[-2]).__name__}')
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build

    def find_class(self, module: str, name: str) -> Any:
        key = f'{module}.{name}'.replace('numpy._core.', 'numpy.core.')
        if key not in _ALLOWED:
            raise pickle.UnpicklingError(f'refused {module}.{name}')
        return _ALLOWED[key]


def load_plain_pickle(file: BinaryIO) -> Any:
    """Read containers, text, numbers, tensors, arrays; or UnpicklingError."""
    try:
        content = _Unpickler(file).load()
        check_shared(content)
        return content
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise pickle.UnpicklingError(
            f'{type(error).__name__}: {error}') from error


def read_pickle(path: str, content='plain lists, dicts and arrays') -> Any:
    """:func:`load_plain_pickle` of a file; a UserError that says what it
    should have been."""
    with open(path, 'rb') as file:
        try:
            return load_plain_pickle(file)
        except pickle.UnpicklingError as error:
            raise UserError(
                f'{path} is no pickle of {content}, or is damaged, '
                f'and is not opened ({error})') from error


def revive(item: Any) -> Any:
    """Replace the stand-ins inside containers by the real objects."""
    check_shared(item, (_Buffer, ))
    return _replace(item)


def _replace(item: Any) -> Any:
    if isinstance(item, _Settings):
        return _replace(item.state)
    if isinstance(item, _Buffer):
        return HistoryBuffer(
            np.asarray(item.state['_log_history']),
            np.asarray(item.state['_count_history']),
            int(item.state['max_length']))
    if isinstance(item, _Array):
        return np.asarray(item)
    if isinstance(item, dict):
        # In place: a state dict carries its metadata as an attribute.
        for key, value in item.items():
            item[key] = _replace(value)
    elif isinstance(item, (list, tuple)) and not hasattr(item, '_fields'):
        return type(item)(_replace(value) for value in item)
    return item
