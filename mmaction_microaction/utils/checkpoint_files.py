# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checkpoint files that a kill, a crash or a full disk leaves whole."""
import glob
import logging
import os
import os.path as osp
import re
import shutil
import zipfile
from typing import Any, Optional

import torch
from mmengine.logging import print_log

from .errors import UserError, UserRuntimeError
from .files import FilePath, atomic_path

#: What a training that was told to stop leaves in its folder.
INTERRUPTED = 'interrupted.pth'
# What a training can go on from: not the best one, which is weights alone.
_NAMES = rf'(?!best_)\w+_\d+\.pth|{re.escape(INTERRUPTED)}'


def save_whole(content: Any, path: FilePath) -> None:
    """``torch.save``, but atomic and durable; UserRuntimeError, with nothing
    changed, if it cannot be written, as on a full disk."""
    folder = osp.dirname(osp.abspath(path))
    try:
        os.makedirs(folder, exist_ok=True)
        with atomic_path(path, durable=True) as part:
            torch.save(content, part)
    except (OSError, RuntimeError) as error:  # C++ tells of both as Runtime
        free = shutil.disk_usage(folder).free // 2**20 \
            if osp.isdir(folder) else 0
        reason = str(error).partition('\n')[0][:200]
        raise UserRuntimeError(
            f'checkpoint {path} cannot be written ({reason}; {free} MB are '
            'free there). Those saved before are as they were: make room, '
            'then go on with --resume') from error


def is_whole(path: FilePath) -> bool:
    """Whether all of a file of ``torch.save`` is there and unchanged, by its
    checksums. A folder, as DeepSpeed's, is taken on trust."""
    try:
        if osp.isdir(path):
            return True
        with zipfile.ZipFile(path) as file:
            # torch.save compresses nothing; another file may be a bomb.
            return not any(x.compress_type for x in file.infolist()) and \
                file.testzip() is None
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile):
        return False


def latest_whole(named: str) -> str:
    """The checkpoint that ``last_checkpoint`` names, or if it is torn, which
    is logged, the latest whole one beside it; UserError if there is none."""
    folder = osp.dirname(named)
    others = [
        path for path in glob.glob(osp.join(glob.escape(folder), '*.pth'))
        if re.fullmatch(_NAMES, osp.basename(path))
    ]
    others.sort(key=osp.getmtime, reverse=True)
    torn = []
    for path in dict.fromkeys([named, *others]):
        if is_whole(path):
            if torn:
                print_log(
                    f'torn or missing: {", ".join(torn)}; the run goes on '
                    f'from {path}, the latest whole checkpoint', 'current',
                    logging.WARNING)
            return path
        torn.append(path)
    raise UserError(f'no checkpoint to resume from is whole: '
                    f'{", ".join(torn)}; remove last_checkpoint in that '
                    'folder to start anew')


def named_checkpoint(folder: str) -> Optional[str]:
    """The path in ``last_checkpoint`` of a work folder; None without one. An
    empty one, of a crash, stands for whichever is whole."""
    try:
        with open(osp.join(folder, 'last_checkpoint'), encoding='utf-8') as f:
            named = f.read().strip()
    except FileNotFoundError:
        return None
    moved = osp.join(folder, osp.basename(named) or INTERRUPTED)
    return named if osp.exists(named) else moved
