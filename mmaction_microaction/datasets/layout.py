# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Locations of lists, annotations and videos in a data root.

MA-52 exists in two layouts; both are detected, and mixtures of them:

.. code-block:: none

    ROOT/train_list_videos.txt          ROOT/annotations/train_list_videos.txt
    ROOT/videos_train/0003_01_0001.mp4  ROOT/raw_videos/train/0003_01_0001.mp4

See the instances of :class:`Layout` for all paths, and for those of MMA-52.
"""
import os
import os.path as osp
from typing import Dict, List, NamedTuple, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.files import VIDEO_ENDINGS, as_on_disk, to_nfc

SPLITS = ('train', 'val', 'test')


class Layout(NamedTuple):
    """Possible locations of a data set's files, in order of preference."""
    title: str
    annotations: Tuple[str, ...]
    folders: Tuple[str, ...]
    advice: str = ''  # end of an error message: source of the data

    def find_annotations(self, root: str, split: str) -> str:
        """The annotation file of a split; FileNotFoundError if missing."""
        return self._find(root, split, self.annotations, osp.isfile)

    def find_videos(self, root: str, split: str, must_exist=True) -> str:
        """The video folder of a split; unless it ``must_exist``, the preferred
        path if missing."""
        return self._find(root, split, self.folders, osp.isdir, must_exist)

    def _find(self, root, split, places, exists, must_exist=True) -> str:
        candidates = [osp.join(root, p.format(split=split)) for p in places]
        found = [path for path in candidates if exists(path)]
        if found or not must_exist:
            return (found or candidates)[0]
        state = '' if osp.isdir(root) else f' (there is no folder {root!r})'
        what = 'video folder' if places is self.folders else 'annotation file'
        raise FileNotFoundError(
            f'the {what} of split {split!r} of {self.title} was not found'
            f'{state}; looked for{indented(candidates)}{self.advice}')


_ADVICE = """
{}
To try the package without it, make sample data:
    python tools/data/make_sample_data.py data{}
Set the environment variable {}_ROOT to the folder that holds the data (the
configs read it; without it they look in data/{})."""
MA52_LAYOUT = Layout(
    'MA-52',
    ('{split}_list_videos.txt', 'annotations/{split}_list_videos.txt'),
    ('videos_{split}', 'raw_videos/{split}', '{split}'),
    _ADVICE.format(
        'MA-52 is given out on request, for non-commercial research: fill in '
        'the form linked\nat https://github.com/VUT-HFUT/Micro-Action (at '
        'Hugging Face kunli-cs/MA-52).', '', 'MA52', 'ma52'))
MMA52_LAYOUT = Layout(
    'MMA-52', ('annotations/{split}.csv', '{split}.csv'),
    ('{split}', 'videos_{split}', 'videos/{split}', 'videos'),
    _ADVICE.format(
        'MMA-52 is given out by its authors at '
        'https://github.com/VUT-HFUT/Micro-Action.', ' --tasks mma52', 'MMA52',
        'mma52'))

POSE_LAYOUT = Layout(
    'the pose data', ('pose_{split}.pkl', 'annotations/pose_{split}.pkl'), (),
    """
`python tools/data/extract_pose.py` makes it from the videos; MA-52's is at
Hugging Face kunli-cs/MA-52_openpose_28kp, under other names: set pose_file""")

#: ``find_list(root, split)`` and so on; see :class:`Layout`.
find_list = MA52_LAYOUT.find_annotations
find_video_dir = MA52_LAYOUT.find_videos
find_annotations = MMA52_LAYOUT.find_annotations
find_mma52_videos = MMA52_LAYOUT.find_videos


def require_clips(infos: Sequence[dict]) -> None:
    """FileNotFoundError for missing or empty clips (``filename`` of the data
    infos), with the first five; converts names to the disk's Unicode form."""
    paths = as_on_disk(info['filename'] for info in infos)
    for info, path in zip(infos, paths):
        info['filename'] = path
    bad = [x for x in paths if not (osp.exists(x) and osp.getsize(x))]
    if bad:
        raise FileNotFoundError(
            f'{len(bad)} of {len(paths)} listed clips are missing or empty '
            f'({len(paths) - len(bad)} were found); the first of them:' +
            indented(bad[:5]) +
            '\n`python tools/data/check_data.py ROOT` names them all')


def map_videos(video_ids: Sequence[str], folder: str) -> Dict[str, str]:
    """Map each id to its video ``<id>.mp4``, ``<id>.avi``, ... Case matters:
    ``A.mp4`` and ``a.mp4`` are different clips of MMA-52, which some file
    systems confuse. FileNotFoundError for missing or empty files, UserError
    for an id with two files or two ids with one (by a link)."""
    files = videos_of(folder)
    by_folded = {stem.casefold(): names[0] for stem, names in files.items()}
    paths, misses, owner = {}, [], {}
    for video_id in video_ids:
        names = files.get(to_nfc(video_id), [])
        if len(names) > 1:
            raise UserError(f'{video_id!r} has {len(names)} files in '
                            f'{folder}: {", ".join(names)}; keep one')
        if not names:
            twin = by_folded.get(to_nfc(video_id).casefold())
            misses.append(f'{video_id} (there is {twin}, another clip: case '
                          'counts)' if twin else video_id)
            continue
        path = osp.join(folder, names[0])
        if osp.getsize(path) == 0:
            misses.append(f'{video_id} (its file has zero bytes)')
            continue
        paths[video_id], real = path, osp.realpath(path)
        other = owner.setdefault(real, video_id)
        if other != video_id:
            raise UserError(f'{other!r} and {video_id!r} are two clips, but '
                            f'in {folder} both lead to one file, {real}')
    if misses:
        raise FileNotFoundError(
            f'{len(misses)} of {len(video_ids)} videos are missing or empty '
            f'in {folder} ({len(paths)} were found):' +
            indented(first_of(misses, 20)))
    return paths


def unlisted_videos(video_ids: Sequence[str], folder: str) -> List[str]:
    """Names of the videos in a folder without an id, sorted."""
    files = videos_of(folder)
    strays = files.keys() - set(map(to_nfc, video_ids))
    return sorted(name for stem in strays for name in files[stem])


def videos_of(folder: str) -> Dict[str, List[str]]:
    """The names of the video files in a folder, by their stems in NFC."""
    files: Dict[str, List[str]] = {}
    for name in sorted(os.listdir(folder)):
        stem, ending = osp.splitext(name)
        if ending.lower() in (*VIDEO_ENDINGS, '.gif'):
            files.setdefault(to_nfc(stem), []).append(name)
    return files


def indented(lines: Sequence[str]) -> str:
    """Indent the continuation lines of a message."""
    return ''.join(f'\n    {line}' for line in lines)
