# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of strangers, read within limits: what a small file unpacks to, or
text to in memory, may not fit there. ``MICROACTION_MAX_MB`` raises them."""
import json
import math
import os
import zipfile
from itertools import chain
from typing import Any, BinaryIO, Dict, Iterable, Union

import numpy as np
import torch
import yaml

from .errors import UserError
from .files import FilePath

_DEEPEST, _MOST_DIGITS = 100, 300
#: Pixels of a picture; 8K has fewer.
MOST_PIXELS = 2**26
#: Rows, cells, brackets or tags for each MB: they take far more than text.
_PARTS = 16_000


def _most_mb() -> float:
    return float(os.environ.get('MICROACTION_MAX_MB', 128))


def too_large(path: FilePath, what: str) -> UserError:
    """The error of a file beyond a limit."""
    most = _most_mb()
    return UserError(
        f'{path} has {what}, but at most {most:g} MB and {most * _PARTS:,.0f} '
        'rows, cells or entries are read; if you trust the file, set the '
        'environment variable MICROACTION_MAX_MB to more')


def check_parts(path: FilePath, count: int) -> None:
    """UserError for more rows, cells or entries than are read."""
    if count > _most_mb() * _PARTS:
        raise too_large(path, f'{count:,} parts')


def read_limited(source: Union[FilePath, BinaryIO],
                 parts: bytes = b'',
                 path: FilePath = '',
                 most: float = 0.) -> bytes:
    """All bytes of a file, or of an open one, a member of an archive, say.

    Args:
        source (str | os.PathLike | BinaryIO): The file.
        parts (bytes): Characters that begin or end a row or an entry; only so
            many may be there.
        path (str | os.PathLike): Of an open file, for errors.
        most (float): MB, if fewer than usual.

    Raises:
        UserError: If it is larger than the limits.
        OSError: If it cannot be read.
    """
    if not hasattr(source, 'read'):
        with open(source, 'rb') as file:
            return read_limited(file, parts, source, most)
    most = min(most, _most_mb()) if most else _most_mb()
    data = source.read(int(most * 2**20) + 1)
    if len(data) > most * 2**20:
        raise too_large(path, f'more than {most:g} MB')
    check_parts(path, sum(data.count(x) for x in parts))
    return data


def load_json(path: FilePath, **options: Any) -> Any:
    """:func:`parse_json` of a file in UTF-8; ValueError, or OSError if it
    cannot be read."""
    return parse_json(read_limited(path, b'[{').decode('utf-8-sig'), **options)


def parse_json(text: str, **options: Any) -> Any:
    """``json.loads`` of numbers that fit into a float (or NaN) and of few
    levels; ValueError for any other content."""
    try:
        return json.loads(
            text,
            parse_float=_finite,
            parse_int=_whole,
            parse_constant=_finite,
            **options)
    except RecursionError:
        raise UserError('it is nested too deep') from None


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UserError(f'the number {text[:20]} is out of range')
    return number


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise UserError(f'a number has {len(text)} digits')
    return int(text)


class _Loader(yaml.SafeLoader):
    """Without aliases, by which a short text can have no end."""

    def compose_node(self, *args):
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError('aliases (*name) are not read')
        return super().compose_node(*args)


def load_yaml(path: FilePath, most: float) -> Any:
    """Plain data of a YAML file of at most so many MB, without aliases;
    UserError if it is larger, YAMLError or RecursionError."""
    return yaml.load(read_limited(path, most=most), _Loader)


def read_array(path: FilePath) -> np.ndarray:
    """The array of an ``.npy`` file, as a map of the file: no object, no
    archive, and no more than is in the file. UserError for other content."""
    try:
        return np.lib.format.open_memmap(path, mode='r')
    except OSError:
        raise
    except Exception as error:  # a damaged header can raise nearly anything
        raise UserError(
            f'{path} is no array of numbers (.npy), or is damaged, and is not '
            f'opened ({type(error).__name__}: {str(error)[:200]})') from error


def check_checkpoint(file: BinaryIO) -> None:
    """UserError for an archive, as PyTorch tells one, that is a bomb."""
    if file.read(4) == b'PK\3\4':
        with zipfile.ZipFile(file) as archive:
            check_unpacked('it', archive)


def check_unpacked(path: FilePath, archive: zipfile.ZipFile) -> None:
    """UserError for an archive that unpacks to far more than it is, and to
    more than is read."""
    # The file's own size: entries can share what is packed.
    packed = archive.fp.seek(0, os.SEEK_END) / 2**20
    size = sum(x.file_size for x in archive.infolist()) / 2**20
    if size > max(_most_mb(), 2 * packed):
        raise too_large(path, f'{size:,.0f} MB when unpacked')


def check_shared(item: Any, stand_ins: tuple = ()) -> None:
    """UserError for what is small in a pickle alone: lists that are in others
    again and again, a tensor without its numbers, nesting without end;
    ``stand_ins`` are classes with a ``state``."""
    sizes: Dict[int, float] = {}
    slots = 0

    def size(item: Any, depth: int) -> float:
        nonlocal slots
        slots += 1
        if isinstance(item, torch.Tensor) and not item.is_meta:
            count = item.numel() * item.element_size()
            if count > 2**30 and count > item.untyped_storage().nbytes():
                raise UserError(f'a tensor of {tuple(item.shape)} without its '
                                'numbers')
        values: Iterable = ()
        if isinstance(item, dict):
            values = chain(item, item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            values = item
        elif isinstance(item, stand_ins):
            values = (item.state, )
        else:
            return 1
        if id(item) not in sizes:
            if depth > _DEEPEST:
                raise UserError('it is nested too deep')
            sizes[id(item)] = math.inf  # if it is in itself
            sizes[id(item)] = 1 + sum(size(x, depth + 1) for x in values)
        return sizes[id(item)]

    if size(item, 0) > 10 * slots + 10**6:
        raise UserError('it has the same lists again and again')
