# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Open a pickle of plain data, tensors and arrays without running its code.

A pickle names the functions that rebuild its objects, so opening one may run
anything. This reader knows only what such data needs and refuses the rest.
NumPy's own helpers are not among it: given a data type of the file's making
they take bytes for object pointers. The stand-ins below know numbers only;
:mod:`~mmaction_microaction.utils.checkpoint_io` uses them, too.
"""
import io
import pickle
import re
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np
import torch
from torch._utils import _rebuild_tensor_v2


class _DType:
    """Stands in for ``numpy.dtype``, which a file must not get hold of."""

    def __init__(self, code: str, *_) -> None:
        if not re.fullmatch('[biufc][0-9]{1,2}', code):
            raise pickle.UnpicklingError(f'refused the data type {code!r}')
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        # (version, byte order, ...); the rest describes structured types.
        self.dtype = self.dtype.newbyteorder(state[1])


class PlainArray(np.ndarray):
    """An array that takes no data type but a :class:`_DType`."""

    def __new__(cls, *args) -> 'PlainArray':
        if args:  # shape, type and buffer of the file's making
            raise pickle.UnpicklingError('refused a call of numpy.ndarray')
        return super().__new__(cls, 0)

    def __setstate__(self, state: tuple) -> None:
        _, shape, kind, is_fortran, data = state
        super().__setstate__((1, shape, _real(kind), is_fortran, data))


def _real(kind: Any) -> np.dtype:
    if not isinstance(kind, _DType):
        raise pickle.UnpicklingError(f'refused the data type {kind!r}')
    return kind.dtype


def _new_array(*_) -> PlainArray:
    return PlainArray()


def _scalar(kind: _DType, data: bytes) -> np.generic:
    return np.frombuffer(data, _real(kind))[0]


def _array_from_buffer(data: bytes, kind: _DType, shape: tuple,
                       order: str) -> np.ndarray:
    return np.frombuffer(data, _real(kind)).reshape(shape, order=order)


def _storage(data: bytes) -> Any:
    # A tensor brings its numbers as a second, nested torch file, which torch
    # itself would open here without any restriction.
    return torch.load(io.BytesIO(data), weights_only=True)


def _encode(text: str, _: str) -> bytes:
    # How protocol 2, which mmengine writes, spells bytes.
    return text.encode('latin1')


#: What a file may call where it names NumPy's helpers.
NUMPY_STAND_INS = {
    'numpy.dtype': _DType,
    'numpy.ndarray': PlainArray,
    'numpy.core.multiarray._reconstruct': _new_array,
    'numpy.core.multiarray.scalar': _scalar,
    'numpy.core.numeric._frombuffer': _array_from_buffer,
}

_KNOWN = {
    'collections.OrderedDict': OrderedDict,
    '_codecs.encode': _encode,
    '__builtin__.bytes': bytes,  # of an empty array, in protocol 2
    'torch.Size': torch.Size,
    'torch._utils._rebuild_tensor_v2': _rebuild_tensor_v2,
    'torch.storage._load_from_bytes': _storage,
    **NUMPY_STAND_INS,
}


class _Unpickler(pickle._Unpickler):
    """The pure Python unpickler, whose steps can be watched."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def load_build(self) -> None:
        # BUILD sets attributes, of whatever the file puts there: a function
        # of PyTorch, say.
        if not isinstance(self.stack[-2], (_DType, PlainArray)):
            raise pickle.UnpicklingError(
                f'refused to change a {type(self.stack[-2]).__name__}')
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build

    def find_class(self, module: str, name: str) -> Any:
        # numpy.core is called numpy._core since NumPy 2.
        key = f'{module}.{name}'.replace('numpy._core.', 'numpy.core.')
        if key not in _KNOWN:
            raise pickle.UnpicklingError(f'refused {module}.{name}')
        return _KNOWN[key]


def load_plain_pickle(file: BinaryIO) -> Any:
    """Read one pickle.

    Args:
        file (BinaryIO): The opened file.

    Returns:
        Any: Lists, dicts, text, numbers, tensors and numeric arrays.

    Raises:
        pickle.UnpicklingError: If the file holds anything else or is damaged.
    """
    try:
        return _Unpickler(file).load()
    # A damaged pickle can raise nearly anything.
    except Exception as error:
        raise pickle.UnpicklingError(
            f'{type(error).__name__}: {error}') from error
