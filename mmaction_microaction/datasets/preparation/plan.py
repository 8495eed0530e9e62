# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which files of an MA-52 or MMA-52 root are clips, and which go with them.

Clips are the video files in the folders that the data sets read, see
:mod:`~mmaction_microaction.datasets.layout`; lists and annotations lie in the
root or in ``annotations/``.
"""
import os
import os.path as osp
from dataclasses import dataclass
from typing import Collection, Iterator, Set, Tuple

from ..layout import SPLITS, find_mma52_videos, find_video_dir

VIDEO_SUFFIXES = ('.mp4', '.avi')

#: What is copied from the root and from ``annotations/``.
ANNOTATION_SUFFIXES = ('.txt', '.csv', '.json', '.jsonl', '.pkl', '.npy',
                       '.npz', '.xlsx', '.tsv', '.xml', '.yaml', '.yml', '.md')
_ANNOTATIONS = 'annotations'


@dataclass(frozen=True)
class Plan:
    """The files of a root, all sorted and relative to it, with ``/``.

    Attributes:
        folders (tuple[str]): The video folders.
        clips (tuple[str]): The video files in them.
        annotations (tuple[str]): Files to be copied as they are.
        left_out (tuple[str]): Everything else, also linked folders in a video
            folder, which are not entered. A folder's name ends in ``/``.
    """
    folders: Tuple[str, ...]
    clips: Tuple[str, ...]
    annotations: Tuple[str, ...]
    left_out: Tuple[str, ...]


def plan_root(root: str, own_files: Collection[str] = ()) -> Plan:
    """Look what is in a root. Hidden files and folders do not count.

    Args:
        root (str): The folder that holds MA-52 or MMA-52.
        own_files (Collection[str]): Names in the root that are not
            annotations: what a preparation itself writes. Defaults to ().

    Returns:
        Plan: What is what.

    Raises:
        FileNotFoundError: If there is no such folder, or no clip in it.
    """
    if not osp.isdir(root):
        raise FileNotFoundError(f'there is no folder {root!r}')
    folders = _video_folders(root)
    files = {name for folder in folders for name in _walk(root, folder)}
    clips = {name for name in files if _has(name, VIDEO_SUFFIXES)}
    if not clips:
        raise FileNotFoundError(
            f'{root!r} has no clips of MA-52 or MMA-52: expected .mp4 or .avi '
            'files in videos_train, raw_videos/train, train, videos/train '
            '(the same with val and test) or videos')
    files |= set(_walk(root, _ANNOTATIONS))
    files -= {folder + '/' for folder in folders}  # a linked videos/train
    tops = {name.partition('/')[0] for name in [*folders, _ANNOTATIONS]}
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.name not in tops and not entry.name.startswith('.'):
                files.add(entry.name + '/' * entry.is_dir())
    annotations = {
        name
        for name in files - clips - set(own_files)
        if _has(name, ANNOTATION_SUFFIXES) and (
            '/' not in name or name.startswith(_ANNOTATIONS + '/'))
    }
    left_out = files - clips - annotations - set(own_files)
    return Plan(*(tuple(sorted(names))
                  for names in (folders, clips, annotations, left_out)))


def _video_folders(root: str) -> Set[str]:
    """Every folder that one of the data sets may read."""
    found = {
        find(root, split, must_exist=False)
        for find in (find_video_dir, find_mma52_videos)
        for split in SPLITS
    }
    return {_relative(path, root) for path in found if osp.isdir(path)}


def _walk(root: str, folder: str) -> Iterator[str]:
    """The files in a folder, and the folders it links to, which may lead
    anywhere; relative to the root."""
    for where, folders, names in os.walk(osp.join(root, folder)):
        folders[:] = [name for name in folders if not name.startswith('.')]
        for name in folders:
            if osp.islink(osp.join(where, name)):
                yield _relative(osp.join(where, name), root) + '/'
        for name in names:
            if not name.startswith('.'):
                yield _relative(osp.join(where, name), root)


def _relative(path: str, root: str) -> str:
    return osp.relpath(path, root).replace(os.sep, '/')


def _has(name: str, suffixes: Tuple[str, ...]) -> bool:
    return name.lower().endswith(suffixes)
