# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds the annotations and the videos of MMA-52 on a user's disk.

.. code-block:: none

    ROOT/
        annotations/train.csv  val.csv  test.csv     or directly in ROOT
        train/train0000.mp4  val/...  test/...       or videos_train/ ..., or
                                                     all together in videos/
"""
import os
import os.path as osp
from typing import Dict, List, Sequence

from mmaction_microaction.utils.errors import UserError
from .ma52_layout import find_in_root

_ANNOTATIONS = ('annotations/{split}.csv', '{split}.csv')
_FOLDERS = ('{split}', 'videos_{split}', 'videos/{split}', 'videos')
_EXTENSIONS = ('.mp4', '.avi')
_MAX_SHOWN = 20

_HELP = """
MMA-52 is given out by its authors at
https://github.com/VUT-HFUT/Micro-Action. To try the package without it, make
sample data:
    python tools/data/make_sample_data.py data --tasks mma52
Set the environment variable MMA52_ROOT to the folder that holds the data (the
configs read it; without it they look in data/mma52)."""


def find_annotations(root: str, split: str) -> str:
    """Find the annotation csv of a split.

    Args:
        root (str): The folder that holds MMA-52.
        split (str): ``'train'``, ``'val'`` or ``'test'``.

    Returns:
        str: Path of the file.

    Raises:
        ValueError: If there is no such split.
        FileNotFoundError: If the file is in none of the known places.
    """
    return find_in_root(root, split, _ANNOTATIONS, 'the annotation file',
                        'MMA-52', _HELP)


def find_mma52_videos(root: str, split: str, must_exist: bool = True) -> str:
    """Find the folder with the videos of a split.

    Args:
        root (str): The folder that holds MMA-52.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        must_exist (bool): Whether a missing folder is an error. If not,
            ``ROOT/<split>`` is returned for it. Defaults to True.

    Returns:
        str: Path of the folder.

    Raises:
        ValueError: If there is no such split.
        FileNotFoundError: If the folder has none of the known names.
    """
    return find_in_root(root, split, _FOLDERS, 'the video folder', 'MMA-52',
                        _HELP, osp.isdir, must_exist)


def map_videos(video_ids: Sequence[str], folder: str) -> Dict[str, str]:
    """Map every id to the one file that bears its name, letter by letter.

    The folder is listed rather than asked for a name: some file systems find
    ``A.mp4`` under the name ``a.mp4``, which in MMA-52 is another clip.

    Args:
        video_ids (Sequence[str]): Ids, each once.
        folder (str): Where the files ``<id>.mp4`` or ``<id>.avi`` are.

    Returns:
        dict[str, str]: Path of each id's file, in the order of the ids.

    Raises:
        FileNotFoundError: If files are missing or have zero bytes. The
            message names the first twenty, and a file that differs by case.
        ValueError: If an id has two files, or two ids have the same one (by
            a link).
    """
    files = _videos_of(folder)
    by_folded = {stem.casefold(): names[0] for stem, names in files.items()}
    paths, misses, owner = {}, [], {}
    for video_id in video_ids:
        names = files.get(video_id, [])
        if len(names) > 1:
            raise UserError(f'{video_id!r} has {len(names)} files in '
                            f'{folder}: {", ".join(names)}; keep one')
        path = osp.join(folder, names[0]) if names else ''
        if not path or osp.getsize(path) == 0:
            twin = by_folded.get(video_id.casefold())
            misses.append(f'{video_id} (its file has zero bytes)' if path else
                          f'{video_id} (there is {twin}, another clip: case '
                          'counts)' if twin else video_id)
            continue
        other = owner.setdefault(osp.realpath(path), video_id)
        if other != video_id:
            raise UserError(f'{other!r} and {video_id!r} are two clips, but '
                            f'in {folder} both lead to one file, '
                            f'{osp.realpath(path)}')
        paths[video_id] = path
    if misses:
        more = len(misses) - _MAX_SHOWN
        shown = misses[:_MAX_SHOWN] + ([f'... and {more} more']
                                       if more > 0 else [])
        raise FileNotFoundError(
            f'{len(misses)} of {len(video_ids)} videos are missing or empty '
            f'in {folder} ({len(paths)} were found):\n    ' +
            '\n    '.join(shown))
    return paths


def unlisted_videos(video_ids: Sequence[str], folder: str) -> List[str]:
    """Files that no id stands for.

    Args:
        video_ids (Sequence[str]): Ids.
        folder (str): Where the videos are.

    Returns:
        list[str]: Names of the files, sorted.
    """
    files = _videos_of(folder)
    return sorted(name for stem in files.keys() - set(video_ids)
                  for name in files[stem])


def _videos_of(folder: str) -> Dict[str, List[str]]:
    """The names of the video files in a folder, by their stems."""
    files: Dict[str, List[str]] = {}
    for name in sorted(os.listdir(folder)):
        stem, extension = osp.splitext(name)
        if extension.lower() in _EXTENSIONS:
            files.setdefault(stem, []).append(name)
    return files
