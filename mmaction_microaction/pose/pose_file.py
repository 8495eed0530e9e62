# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of poses, as the host's ``PoseDataset`` reads them.

A pickle of a list of entries, one for each clip, or of
``{'split': {name: [frame_dir, ...]}, 'annotations': [entry, ...]}``. An entry
is a dict; M persons, T frames, V points:

=====================  ======================================================
``frame_dir``          str, the clip's name, or ``filename``
``total_frames``       int, T
``img_shape``          (height, width) of the picture, and ``original_shape``
``keypoint``           (M, T, V, 2) float, x and y in pixels; 3 of what has z
``keypoint_score``     (M, T, V) float, 0 to 1; not of what has z
``label``              int, optional (a list of them, of untrimmed videos)
``layout``             str, see :class:`KeypointLayout`; 28 points without it
                       are ``openpose28``
``source``, ``fps``    str and float, optional: what estimated the pose, from
                       how many frames per second
``problems``           list of str, optional: what the estimator says
=====================  ======================================================

A missing point has the score 0 and the position 0.
"""
import os
import pickle
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.checkpoints import load_plain_pickle
from mmaction_microaction.utils.errors import UserError, refuse
from mmaction_microaction.utils.files import VIDEO_ENDINGS, compose, new_path
from .layouts import KeypointLayout

_DEFAULT = KeypointLayout.load('openpose28')
_FOLDERS = {
    f'{x}{y}'
    for x in ('', 'videos_')
    for y in ('train', 'val', 'test')
}


def entry_name(entry: dict) -> str:
    """The clip of an entry, as it is written there."""
    return entry['frame_dir'] if 'frame_dir' in entry else entry['filename']


def read_pose_file(path: str, split: Optional[str] = None) -> List[dict]:
    """Read a file of poses, which has to be sound, and run no code of it.

    Args:
        split (str, optional): The entries of this one alone, in their order,
            if the file has splits; a plain list has none.

    Returns:
        list[dict]: Entries as described above, with arrays as they are in
        the file; ``total_frames``, ``original_shape``, ``keypoint_score`` (1
        but for points at 0) and ``layout`` are filled in, if they can be.

    Raises:
        UserError: If it is no such file, or entries are malformed; the first
            ten are named with their fields. FileNotFoundError.
    """
    entries, problems = scan_pose_file(path, split)
    refuse(problems)
    return entries


def scan_pose_file(
        path: str,
        split: Optional[str] = None) -> Tuple[List[dict], List[str]]:
    """:func:`read_pose_file` that goes on: the sound entries, and a message
    for each of the others."""
    with open(path, 'rb') as file:
        try:
            content = load_plain_pickle(file)
        except pickle.UnpicklingError as error:
            raise UserError(
                f'{path} is no pickle of poses in plain dicts and arrays, or '
                f'is damaged, and is not opened ({error})') from error
    splits = None
    if isinstance(content, dict) and {'split', 'annotations'} <= set(content):
        splits, content = content['split'], content['annotations']
    if not isinstance(content, list) or not content or not isinstance(
            splits, (dict, type(None))):
        raise UserError(
            f'{path}: expected a list of one dict for each clip, or a dict of '
            f'split and annotations, but got a {type(content).__name__}' +
            f' of {len(content)}' * hasattr(content, '__len__'))
    entries: Dict[str, dict] = {}
    problems = []
    for index, raw in enumerate(content):
        try:
            entry = sound_entry(raw)
            if entry_name(entry) in entries:
                raise UserError(f'{entry_name(entry)!r} is there again')
            entries[entry_name(entry)] = entry
        except UserError as error:
            problems.append(f'{path}: entry {index}: {error}')
    if splits is None or split is None:
        return list(entries.values()), problems
    if split not in splits:
        raise UserError(f'{path} has no split {split!r}, but '
                        f'{", ".join(map(str, splits))}')
    chosen = [str(x) for x in splits[split]]
    problems += [
        f'{path}: split {split}: {name!r} has no sound entry'
        for name in chosen if name not in entries
    ]
    return [entries[name] for name in chosen if name in entries], problems


def write_pose_file(path: str,
                    entries: Sequence[dict],
                    split: Optional[Dict[str, List[str]]] = None) -> None:
    """Write entries as a plain list or, with ``split`` ({name: names of
    entries}), in the other form. Positions become float32 (the host's float16
    has a step of a pixel from 1024 on), scores float16.

    Raises:
        UserError: If an entry is malformed.
    """
    rows = []
    for index, raw in enumerate(entries):
        try:
            entry = sound_entry(raw)
        except UserError as error:
            raise UserError(f'entry {index}: {error}') from error
        entry['keypoint'] = np.asarray(entry['keypoint'], np.float32)
        if 'keypoint_score' in entry:
            entry['keypoint_score'] = np.asarray(entry['keypoint_score'],
                                                 np.float16)
        rows.append(entry)
    content = rows if split is None else dict(split=split, annotations=rows)
    with new_path(os.fspath(path)) as part, open(part, 'wb') as file:
        pickle.dump(content, file, protocol=4)


def sound_entry(raw: Any) -> dict:
    """A copy of an entry with everything that can be filled in; a UserError,
    which names the clip and the field, if it is malformed."""
    if not isinstance(raw, dict):
        raise UserError(f'expected a dict, but got a {type(raw).__name__}')
    name = raw.get('frame_dir', raw.get('filename'))
    if not isinstance(name, str) or not name:
        raise UserError('expected the name of a clip in frame_dir or '
                        f'filename, but got {name!r}; it has {list(raw)}')

    def array(key: str, form: str, fits) -> np.ndarray:
        value = np.asarray(raw.get(key))
        if value.dtype.kind not in 'fiu' or not fits(value.shape):
            raise UserError(
                f'{name}: {key} must be numbers of shape {form}, but '
                f'{"is" if key in raw else "is missing, not"} '
                f'{value.shape} of {value.dtype}')
        return value

    keypoint = array('keypoint', '(persons, frames, points, 2 or 3)',
                     lambda x: len(x) == 4 and x[3] in (2, 3) and x[1] * x[2])
    entry = {  # no stand-ins of the unpickler
        key: np.asarray(value) if isinstance(value, np.ndarray) else value
        for key, value in raw.items()
    }
    entry['keypoint'] = keypoint
    if 'keypoint_score' in raw:
        entry['keypoint_score'] = array('keypoint_score',
                                        f'{keypoint.shape[:3]}',
                                        lambda x: x == keypoint.shape[:3])
    elif keypoint.shape[3] == 2:
        entry['keypoint_score'] = keypoint.any(-1).astype(np.float16)
    _, frames, points, _ = keypoint.shape
    if raw.get('total_frames', frames) != frames:
        raise UserError(f'{name}: total_frames is {raw["total_frames"]}, but '
                        f'keypoint has {frames} frames')
    entry['total_frames'] = frames
    for key in ('img_shape', 'original_shape'):
        if key == 'img_shape' or key in raw:
            size = array(key, '(height, width)', lambda x: x == (2, ))
            if not (size > 0).all():
                raise UserError(f'{name}: {key} must be positive, but is '
                                f'{tuple(size)}')
            entry[key] = int(size[0]), int(size[1])
    entry.setdefault('original_shape', entry['img_shape'])
    if 'layout' not in raw and points == _DEFAULT.num_points:
        entry['layout'] = _DEFAULT.name
    if 'layout' in entry:
        require_layout(entry, KeypointLayout.load(entry['layout']))
    return entry


def require_layout(entry: dict, layout: KeypointLayout) -> None:
    """A UserError unless the points of a sound entry are those of a layout,
    which an entry need not name."""
    points, name = entry['keypoint'].shape[2], entry_name(entry)
    if entry.get('layout', layout.name) != layout.name:
        raise UserError(f'{name}: layout must be {layout.name}, but is '
                        f'{entry["layout"]}')
    if points != layout.num_points:
        raise UserError(f'{name}: keypoint must have the {layout.num_points} '
                        f'points of layout {layout.name}, but has {points}')


def _seen(entry: dict) -> np.ndarray:
    """(M, T, V) bool: points with a finite position and a positive score."""
    seen = np.isfinite(entry['keypoint']).all(-1)
    if 'keypoint_score' in entry:
        score = entry['keypoint_score']
        return seen & np.isfinite(score) & (score > 0)
    return seen & entry['keypoint'].any(-1)


def count_persons(entry: dict) -> int:
    """How many people of a sound entry have a point in the clip."""
    return int(_seen(entry).any((1, 2)).sum())


def tidy_entry(entry: dict) -> dict:
    """A copy of a sound entry for a model: one person, the most confident of
    the clip; what is not finite or has no score is 0 in both arrays."""
    seen = _seen(entry)
    confidence = entry.get('keypoint_score', seen).astype(np.float32)
    confidence = np.where(seen, confidence, 0).sum((1, 2))
    best = int(confidence.argmax()) if len(seen) else 0
    tidy = dict(entry)
    for key in {'keypoint', 'keypoint_score'} & entry.keys():
        if len(seen):
            value = entry[key][best:best + 1].copy()
            value[~seen[best:best + 1]] = 0
        else:
            value = np.zeros((1, *entry[key].shape[1:]), entry[key].dtype)
        tidy[key] = value
    return tidy


def check_entry(entry: dict,
                total_frames: Optional[int] = None,
                size: Optional[Tuple[int, int]] = None) -> List[str]:
    """What is wrong with an entry, in words; nothing for a good one.

    Args:
        total_frames (int, optional): Frames that the video really has.
        size (tuple[int, int], optional): Its height and width, in pixels.
    """
    try:
        entry = sound_entry(entry)
    except UserError as error:
        return [str(error)]
    seen, problems = _seen(entry), []
    frames, (height, width) = entry['total_frames'], entry['img_shape']
    if total_frames is not None and total_frames != frames:
        problems.append(f'pose of {frames} frames, but the video has '
                        f'{total_frames}; is it of another frame rate?')
    # A smaller copy of the video is fine, one of another shape is not.
    if size is not None and abs(size[0] * width /
                                (size[1] * height) - 1) > .02:
        problems.append(f'img_shape {height} x {width}, but the video is '
                        f'{size[0]} x {size[1]} (height x width)')
    finite = np.isfinite(entry['keypoint']).all(-1)
    if 'keypoint_score' in entry:
        score = entry['keypoint_score']
        finite &= np.isfinite(score)
        wrong = int((finite & ((score < 0) | (score > 1))).sum())
        if wrong:
            problems.append(f'{wrong} scores are not 0 to 1')
    if not finite.all():
        problems.append(f'{(~finite).sum()} points are not finite')
    if entry['keypoint'].shape[3] == 2:
        x, y = np.moveaxis(entry['keypoint'], -1, 0)
        inside = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
        outside = int((seen & ~inside).sum())
        if outside:
            problems.append(f'{outside} of {seen.sum()} points are outside '
                            f'the picture of {height} x {width}')
    empty = int((~seen.any((0, 2))).sum())
    if empty:
        problems.append(f'no person in {empty} of {frames} frames')
    persons = count_persons(entry)
    if persons > 1:
        problems.append(f'{persons} persons; the most confident is followed')
    return problems


def match_entries(entries: Sequence[dict],
                  names: Sequence[str],
                  split: str = '') -> Dict[str, dict]:
    """Find the entries of clips, and of no other clip.

    ``0003_01_0001.mp4`` is the clip of ``train/0003_01_0001``, as MA-52's
    entries are called, of ``0003_01_0001`` and of the name itself. An entry
    whose folder is another split than ``split`` is of none.

    Returns:
        dict: Clip -> entry, in the order of the clips; some may have none.

    Raises:
        UserError: If a clip has two.
    """
    by_stem: Dict[str, List[Tuple[List[str], dict]]] = {}
    for entry in entries:
        parts = _parts(entry_name(entry))
        by_stem.setdefault(parts[-1], []).append((parts, entry))
    found = {}
    for name in names:
        parts, fits = _parts(name), []
        for other, entry in by_stem.get(parts[-1], ()):
            shorter, longer = sorted((parts, other), key=len)
            folder = other[:-len(parts)][-1:]
            is_other = folder and folder[0] in _FOLDERS \
                and folder[0] not in (split, f'videos_{split}')
            if longer[-len(shorter):] == shorter and not (split and is_other):
                fits.append(entry)
        if len(fits) > 1:
            raise UserError(f'{name} has {len(fits)} poses: '
                            f'{", ".join(map(entry_name, fits))}')
        if fits:
            found[name] = fits[0]
    return found


def _parts(name: str) -> List[str]:
    """Folders and stem of a clip's name or path."""
    stem, ending = os.path.splitext(compose(name).replace('\\', '/'))
    whole = stem + ending * (ending.lower() not in VIDEO_ENDINGS)
    return [x for x in whole.split('/') if x not in ('', '.')]
