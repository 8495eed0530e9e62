# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files shared out among machines that know nothing of each other."""
import os
from typing import List, Optional, Sequence, Tuple, TypeVar

Item = TypeVar('Item')
#: For the help of ``--shard``.
SHARD_HELP = ('do the Ith of N equal parts of the files, I from 0 on: the same '
              'command with another I on each machine (default: of a slurm '
              'array the place in it, else 0/1)')


def parse_shard(text: str) -> Tuple[int, int]:
    """``'I/N'`` as two numbers; ValueError unless 0 <= I < N."""
    first, _, count = text.partition('/')
    shard = int(first), int(count)
    if not 0 <= shard[0] < shard[1]:
        raise ValueError(f'{text} is no part')
    return shard


def shard_of_job() -> str:
    """``'I/N'`` of the task of a slurm array that this is, else ``'0/1'``."""
    task: Optional[str] = os.environ.get('SLURM_ARRAY_TASK_ID')
    if task is None:
        return '0/1'
    first, count, step = (
        int(os.environ.get(f'SLURM_ARRAY_TASK_{name}', default))
        for name, default in (('MIN', 0), ('COUNT', 1), ('STEP', 1)))
    return f'{(int(task) - first) // step}/{count}'


def take_shard(items: Sequence[Item], shard: Tuple[int, int]) -> List[Item]:
    """Every Nth item from the Ith on."""
    return list(items[shard[0]::shard[1]])
