# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checkpoints, read without running code that is in them.

PyTorch's ``weights_only`` unpickler reads them, which knows protocol 2 alone,
with the stand-ins of :mod:`.unpickling`. What other tools save comes as
mmengine's: the weights under ``state_dict``, by their own names.
"""
import contextlib
import os
import os.path as osp
import pickle
import re
from typing import Any, Iterator
from unittest import mock
from urllib.error import URLError

import torch

from .errors import UserError, UserRuntimeError
from .files import FilePath
from .limits import check_checkpoint
from .state_dicts import as_mmengine
from .unpickling import FOR_TORCH, revive

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
        with torch.serialization.safe_globals(FOR_TORCH), mock.patch(
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
        checkpoint = revive(
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
            revive(
                torch.hub.load_state_dict_from_url(
                    url, **options, weights_only=True)), url)
