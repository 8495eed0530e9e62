# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checkpoints and pickles, read without running code that is in them.

A pickle names the functions that rebuild its objects; here it may name those
of :data:`_ALLOWED` alone. NumPy's helpers, which take bytes for pointers, and
``getattr``, by which ``HistoryBuffer`` pickles its methods, have stand-ins.
Checkpoints go through PyTorch's ``weights_only`` unpickler, which knows
protocol 2 alone; plain data through one of our own. What other tools save
comes as mmengine's: the weights under ``state_dict``, by their own names.
"""
import contextlib
import io
import os
import os.path as osp
import pickle
import re
from collections import OrderedDict
from typing import Any, BinaryIO, Iterator
from unittest import mock
from urllib.error import URLError

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch._utils import _rebuild_tensor_v2

from .errors import UserError, UserRuntimeError
from .files import FilePath
from .limits import check_checkpoint, check_shared
from .state_dicts import as_mmengine


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
#: The part of it that PyTorch does not know by itself.
_FOR_TORCH = [(stand_in, spelling) for name, stand_in in _ALLOWED.items()
              if not name.startswith(('torch.', 'collections.', '_codecs.'))
              for spelling in {name, name.replace('.core.', '._core.')}]
# What other tools save beside the weights, settings and paths, as plain data.
_FOR_TORCH += [(_Settings, 'argparse.Namespace')]
_FOR_TORCH += [(OrderedDict, f'{package}.AttributeDict')
               for package in ('pytorch_lightning.utilities.parsing',
                               'lightning.fabric.utilities.data',
                               'lightning_fabric.utilities.data')]
_FOR_TORCH += [(_path, f'{module}.{system}Path')
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


def _revive(item: Any) -> Any:
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


#: How files begin that are saved in a checkpoint's place.
_OTHERS = (
    (rb'version https://git-lfs', 'a Git LFS pointer: `git lfs pull` gets the '
     'file that it stands for'),
    (rb'\s*(<!doctype html|<html)', 'a web page (HTML): the download failed'),
    (rb'\s*[<{]', 'text (XML or JSON), perhaps the answer of a server'),
    (rb'.{8}\{"', 'a safetensors file: load it with safetensors.torch, write '
     'what that gives with torch.save'),
    (rb'\x1f\x8b|\xfd7zXZ|BZh|Rar!|7z', 'a packed file: unpack it'),
)


def _other_kind(path: str) -> str:
    """What a file is that is no checkpoint; '' if that cannot be told."""
    with contextlib.suppress(OSError), open(path, 'rb') as file:
        start = file.read(200)
        for pattern, kind in _OTHERS:
            if re.match(pattern, start, re.IGNORECASE | re.DOTALL):
                return kind
    return ''


class _ShortError(pickle.UnpicklingError):
    """With a text that PyTorch's regular expressions get through."""

    def __init__(self, text: str) -> None:
        super().__init__(text[:500])


@contextlib.contextmanager
def _safe_reading(source: str, path: str) -> Iterator[None]:
    """Lend PyTorch the list; turn its errors into one that names the file."""
    try:
        with torch.serialization.safe_globals(_FOR_TORCH), mock.patch(
                'torch._weights_only_unpickler.UnpicklingError', _ShortError):
            yield
    except OSError:  # these say what is wrong by themselves
        raise
    except UserError as error:
        raise UserError(f'{source} is refused: {error}') from error
    except Exception as error:  # a damaged file can raise nearly anything
        if 'CUDA' in str(error):
            raise
        if kind := _other_kind(path):
            raise UserError(
                f'{source} is no checkpoint, but {kind}') from error
        if not isinstance(error, pickle.UnpicklingError):
            raise UserError(
                f'{source} cannot be read as a checkpoint: it is empty, '
                f'truncated or no checkpoint at all ({type(error).__name__}: '
                f'{str(error)[:200]})') from error
        # "... Unsupported global: GLOBAL os.system was not ...", or others.
        text = str(error)
        reason = re.search(r'GLOBAL \S+', text) or re.match('.*', text)
        raise UserError(
            f'{source} is refused: it is no plain checkpoint of tensors and '
            f'training state, loading it could run code ({reason.group()}). '
            'If you trust it, open it in Python yourself and save its '
            'state_dict alone.') from error


def load_from_local(filename: FilePath, map_location: Any = 'cpu') -> dict:
    """Load a file of ``torch.save`` and run nothing that it contains: tensors,
    containers and mmengine's training state, or it is a UserError."""
    filename = osp.expanduser(filename)
    if not osp.isfile(filename):
        raise FileNotFoundError(f'checkpoint {filename} ' + (
            'is a folder' if osp.isdir(filename) else 'does not exist'))
    source = f'checkpoint {filename}'
    with _safe_reading(source, filename):
        with open(filename, 'rb') as file:
            check_checkpoint(file)
        checkpoint = _revive(
            torch.load(filename, map_location=map_location, weights_only=True))
        if isinstance(checkpoint, dict):
            checkpoint = as_mmengine(checkpoint, source)
    if not isinstance(checkpoint, dict):
        raise UserError(f'checkpoint {filename} holds no state dict, but a '
                        f'{type(checkpoint).__name__}')
    return checkpoint


def load_url(url: str, **options) -> dict:
    """The function of torch.hub that mmengine calls by this name, but safe."""
    folder = options.get('model_dir') or osp.join(torch.hub.get_dir(),
                                                  'checkpoints')
    path = osp.join(
        folder,
        options.get('file_name') or osp.basename(url.split('?')[0]))
    if not osp.exists(path):
        os.makedirs(folder, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, path)
        except URLError as error:
            raise UserRuntimeError(
                f'{url} cannot be downloaded ({error.reason}); put the file '
                f'at {path}, or start from random weights: --cfg-options '
                'model.backbone.pretrained=None') from error
    with _safe_reading(f'{url}, kept as {path},', path):
        with open(path, 'rb') as file:
            check_checkpoint(file)
        return as_mmengine(
            _revive(
                torch.hub.load_state_dict_from_url(
                    url, **options, weights_only=True)), url)
