# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which files of an MA-52 or MMA-52 root are clips, and which go with them.

Clips lie in the folders that the data sets read (see ``datasets.layout``),
lists and annotations in the root or in ``annotations/``. What a list names is
a clip whatever its ending; what none names, by its ending.
"""
import os
import os.path as osp
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Collection, Iterable, Iterator, List, Set, Tuple

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import VIDEO_ENDINGS, as_on_disk, to_nfc
from mmaction_microaction.utils.shards import WHOLE, Shard, take_shard
from ..layout import (SPLITS, find_annotations, find_list, find_mma52_videos,
                      find_video_dir, videos_of)
from ..list_file import listed_names
from ..mma52_annotations import read_mma52

#: What is copied from the root and from ``annotations/``.
_ANNOTATION_SUFFIXES = ('.txt', '.csv', '.json', '.jsonl', '.pkl', '.npy',
                        '.npz', '.xlsx', '.tsv', '.xml', '.yaml', '.yml',
                        '.md')
_ANNOTATIONS = 'annotations'


@dataclass(frozen=True)
class Plan:
    """The files of a root, all sorted and relative to it, with ``/``."""
    folders: Tuple[str, ...]  # with videos
    clips: Tuple[str, ...]  # the videos in them
    annotations: Tuple[str, ...]  # to be copied as they are
    #: All else, also linked folders in a video folder, which are not entered.
    left_out: Tuple[str, ...]  # a folder's name ends in '/'
    #: Clips that lists name, but that are not there, or not in the root.
    missing: Tuple[str, ...]

    def part(self, shard: Shard) -> 'Plan':
        """The clips of a part alone; all for the whole."""
        if shard == WHOLE:
            return self
        clips = take_shard(self.clips, shard, 'clips')
        return Plan(self.folders, clips, (), (), ())


def plan_root(root: str, own_files: Collection[str] = ()) -> Plan:
    """Look what is in a root; FileNotFoundError without any clip. Hidden files
    and folders do not count, nor ``own_files``, which a preparation writes."""
    if not osp.isdir(root):
        raise FileNotFoundError(f'there is no folder {root!r}')
    folders = _video_folders(root)
    files = {name for folder in folders for name in _walk(root, folder)}
    listed = {osp.normpath(osp.relpath(x, root)) for x in _listed(root)}
    missing = {
        x
        for x in listed
        if x.partition('/')[0] == '..' or not osp.lexists(osp.join(root, x))
    }
    clips = {x for x in files if x.lower().endswith(VIDEO_ENDINGS)}
    clips |= listed - missing
    if not clips:
        raise FileNotFoundError(
            f'{root!r} has no clips of MA-52 or MMA-52: expected videos in '
            'videos_train, raw_videos/train, train, videos/train '
            '(the same with val and test) or videos')
    files |= set(_walk(root, _ANNOTATIONS))
    files -= {folder + '/' for folder in folders}  # a linked videos/train
    folders |= {osp.dirname(x) for x in clips - files}  # behind other links
    tops = {name.partition('/')[0] for name in [*folders, _ANNOTATIONS]}
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.name not in tops and not entry.name.startswith('.'):
                files.add(entry.name + '/' * entry.is_dir())
    others = files - clips - set(own_files)
    annotations = {
        x
        for x in others if x.lower().endswith(_ANNOTATION_SUFFIXES)
        and osp.dirname(x).partition('/')[0] in ('', _ANNOTATIONS)
    }
    return Plan(*(tuple(sorted(names))
                  for names in (folders, clips, annotations,
                                others - annotations, missing)))


def require_apart(source: str, target: str, folders: Iterable[str]) -> None:
    """Make sure that nothing of the source can be written over: UserError if,
    links followed, the root or one of its relative ``folders`` is a folder of
    the other root or lies in it."""
    roots = [[osp.realpath(osp.join(root, x)) for x in ('', *folders)]
             for root in (source, target)]
    for a, b in product(*roots):
        if osp.commonpath([a, b]) in (a, b):
            raise UserError(
                f'source and destination must be apart, but {a} (source) and '
                f'{b} (destination) '
                f'{"are the same" if a == b else "lie in each other"}')


def _video_folders(root: str) -> Set[str]:
    """Every folder that one of the data sets may read."""
    found = {
        find(root, split, must_exist=False)
        for find in (find_video_dir, find_mma52_videos)
        for split in SPLITS
    }
    return {osp.relpath(path, root) for path in found if osp.isdir(path)}


def _listed(root: str) -> List[str]:
    """What the lists of all splits name: paths, each as the disk spells it."""
    paths = []
    for split in SPLITS:
        with suppress(FileNotFoundError):
            names = listed_names(find_list(root, split))
            folder = find_video_dir(root, split, must_exist=False)
            paths += [osp.join(folder, x) for x in names]
        # Other data may have tables of such names.
        with suppress(FileNotFoundError, UserError):
            table = find_annotations(root, split)
            ids = [x.video_id for x in read_mma52(table, labels=False)]
            folder = find_mma52_videos(root, split, must_exist=False)
            files = videos_of(folder) if osp.isdir(folder) else {}
            paths += [
                osp.join(folder, name) for i in ids
                for name in files.get(to_nfc(i), [f'{i}.mp4'])
            ]
    return as_on_disk(paths)


def _walk(root: str, folder: str) -> Iterator[str]:
    """The files in a folder, and the folders it links to, which may lead
    anywhere; relative to the root."""
    for where, folders, names in os.walk(osp.join(root, folder)):
        folders[:] = [name for name in folders if not name.startswith('.')]
        links = [x + '/' for x in folders if osp.islink(osp.join(where, x))]
        for name in names + links:
            if not name.startswith('.'):
                yield osp.join(osp.relpath(where, root), name)
