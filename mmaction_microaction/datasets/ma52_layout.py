# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds the lists and the video folders of MA-52 on a user's disk.

Two layouts are about, and any mixture of them is read:

.. code-block:: none

    (a) ROOT/                           (b) ROOT/
        train_list_videos.txt               annotations/train_list_videos.txt
        val_list_videos.txt                 annotations/val_list_videos.txt
        test_list_videos.txt                annotations/test_list_videos.txt
        videos_train/0003_01_0001.mp4       raw_videos/train/0003_01_0001.mp4
        videos_val/                         raw_videos/val/
        videos_test/                        raw_videos/test/

In (b) the lists may lie in ROOT, and ``raw_videos/`` may be left out.
"""
import os.path as osp
from typing import Callable, Sequence

from mmaction_microaction.utils.errors import UserError

SPLITS = ('train', 'val', 'test')

_LISTS = ('{split}_list_videos.txt', 'annotations/{split}_list_videos.txt')
_FOLDERS = ('videos_{split}', 'raw_videos/{split}', '{split}')

_HELP = """
MA-52 is given out on request, for non-commercial research: fill in the form
linked at https://github.com/VUT-HFUT/Micro-Action (Hugging Face data set
kunli-cs/MA-52). To try the package without it, make sample data:
    python tools/data/make_sample_data.py data
Set the environment variable MA52_ROOT to the folder that holds the data (the
configs read it; without it they look in data/ma52)."""


def find_list(root: str, split: str) -> str:
    """Find the list file of a split.

    Args:
        root (str): The folder that holds MA-52.
        split (str): ``'train'``, ``'val'`` or ``'test'``.

    Returns:
        str: Path of the list.

    Raises:
        ValueError: If there is no such split.
        FileNotFoundError: If the list is in none of the known places.
    """
    return find_in_root(root, split, _LISTS, 'the list file', 'MA-52', _HELP)


def find_video_dir(root: str, split: str, must_exist: bool = True) -> str:
    """Find the video folder of a split.

    Args:
        root (str): The folder that holds MA-52.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        must_exist (bool): Whether a missing folder is an error. If not, the
            folder of layout (a) is returned for it. Defaults to True.

    Returns:
        str: Path of the folder.

    Raises:
        ValueError: If there is no such split.
        FileNotFoundError: If the folder has none of the known names.
    """
    return find_in_root(root, split, _FOLDERS, 'the video folder', 'MA-52',
                        _HELP, osp.isdir, must_exist)


def find_in_root(root: str,
                 split: str,
                 patterns: Sequence[str],
                 what: str,
                 data_set: str,
                 advice: str,
                 exists: Callable[[str], bool] = osp.isfile,
                 must_exist: bool = True) -> str:
    """Find something of a split in one of several places.

    Args:
        root (str): The folder that holds the data set.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        patterns (Sequence[str]): The places in ``root``, the likeliest first;
            ``{split}`` stands for the split.
        what (str): What to call it in an error.
        data_set (str): What to call the data set in an error.
        advice (str): Ends the error: where to get the data.
        exists (Callable[[str], bool]): Whether a path is it. Defaults to
            ``os.path.isfile``.
        must_exist (bool): Whether it is an error if it is nowhere. If not,
            the first place is returned. Defaults to True.

    Returns:
        str: Path of the first place where it is.

    Raises:
        ValueError: If there is no such split.
        FileNotFoundError: If it is in none of the places.
    """
    if split not in SPLITS:
        raise UserError(f'split must be one of {SPLITS}, but got {split!r}')
    candidates = [osp.join(root, p.format(split=split)) for p in patterns]
    for path in candidates:
        if exists(path):
            return path
    if not must_exist:
        return candidates[0]
    state = '' if osp.isdir(root) else f' (there is no folder {root!r})'
    looked = '\n'.join(f'    {path}' for path in candidates)
    raise FileNotFoundError(
        f'{what} of split {split!r} of {data_set} was not found{state}; '
        f'looked for\n{looked}{advice}')


def require_clips(paths: Sequence[str]) -> None:
    """Make sure that every clip is there, before any training starts.

    Args:
        paths (Sequence[str]): Paths of the clips.

    Raises:
        FileNotFoundError: If a clip is missing or has zero bytes. The message
            says how many are, how many are not, and names the first five.
    """
    bad = [path for path in paths if not _has_content(path)]
    if bad:
        first = '\n'.join(f'    {path}' for path in bad[:5])
        raise FileNotFoundError(
            f'{len(bad)} of {len(paths)} listed clips are missing or empty '
            f'({len(paths) - len(bad)} were found); the first of them:\n'
            f'{first}\n`python tools/data/check_data.py ROOT` names them all')


def _has_content(path: str) -> bool:
    try:
        return osp.getsize(path) > 0
    except OSError:
        return False
