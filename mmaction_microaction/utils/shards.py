# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Parts of a work, which several machines do side by side.

Part I of N has every Nth file from the Ith on, and a folder ``I-of-N`` of its
own. No two parts write the same file, so they need no locks, which some
shared disks lack. Where there are locks, they catch a part that runs twice,
and a last call that comes too early.
"""
import os
import os.path as osp
import re
import shutil
from contextlib import contextmanager, suppress
from typing import Collection, Iterator, List, Sequence, Tuple

from .errors import say
from .locks import lock_folder

#: I and N of a part; that of the whole is (0, 1).
Shard = Tuple[int, int]
WHOLE: Shard = 0, 1


def take_shard(items: Sequence, shard: Shard, what: str) -> Sequence:
    """The items of a part, which says how many it has."""
    part, count = shard
    mine = items[part::count]
    if shard != WHOLE:
        say(f'part {part}/{count}: {len(mine)} of {len(items)} {what}; a last '
            'call with --shard 0/1 completes the whole')
    return mine


@contextmanager
def lock_shard(folder: str, parts: str, shard: Shard) -> Iterator[str]:
    """Keep other runs out of ``folder``, or out of a part of its work.

    Yields:
        str: The folder for tables: ``folder``, or that of the part, which is
        made, in ``parts``.

    Raises:
        UserError: If another run has the same part, or the whole.
    """
    with lock_folder(folder, shared=shard != WHOLE):
        if shard == WHOLE:
            yield folder
            return
        own = osp.join(parts, '{}-of-{}'.format(*shard))
        os.makedirs(own, exist_ok=True)
        os.utime(own)
        with lock_folder(own):
            yield own


def find_shards(parts: str) -> List[Tuple[str, Shard]]:
    """The folders of parts, the latest last, and which parts they are of."""
    found = []
    with suppress(FileNotFoundError):
        for name in os.listdir(parts):
            if numbers := re.fullmatch(r'(\d+)-of-(\d+)', name):
                path = osp.join(parts, name)
                shard = int(numbers[1]), int(numbers[2])
                found.append((osp.getmtime(path), path, shard))
    return [(path, shard) for _, path, shard in sorted(found)]


def find_tables(folder: str, parts: str, shard: Shard) -> List[str]:
    """Where tables of the clips of a part may be: all but the other parts of
    as many, which have others and may be at work."""
    return [
        folder, *(path for path, other in find_shards(parts)
                  if other == shard or other[1] != shard[1])
    ]


def say_undone(parts: str, items: Sequence, todo: Collection) -> None:
    """Name the parts that left any of the items to do, as far as the latest
    tells how many parts there are."""
    if found := find_shards(parts):
        begun, (_, count) = [shard for _, shard in found], found[-1][1]
        todo = set(todo)
        for part in range(count):
            mine = items[part::count]
            if left := sum(x in todo for x in mine):
                why = '' if (part, count) in begun else ' was never started,'
                say(f'note: part {part}/{count}{why} left {left} of '
                    f'{len(mine)} to do, which this call goes on with')


def forget_shards(parts: str) -> None:
    """Remove the folders of parts, once the whole has their tables."""
    for path, _ in find_shards(parts):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # other files stay
        os.rmdir(parts)
