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
``layout``             str, optional: a name of :class:`KeypointLayout`; 28
                       points without it are ``openpose28``
``source``, ``fps``    str, float, optional: the estimator, frames per second
``problems``           list of str, optional: what the estimator says
=====================  ======================================================

A missing point has the score 0 and the position 0.
"""
import os
import pickle
import re
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError, raise_for_problems
from mmaction_microaction.utils.files import VIDEO_ENDINGS, atomic_path, to_nfc
from mmaction_microaction.utils.unpickling import read_pickle
from .layouts import KeypointLayout
from .visibility import seen_points

_Scan = Tuple[List[dict], List[str]]


def entry_name(entry: dict) -> str:
    """Clip name of an entry, as written there."""
    return entry['frame_dir'] if 'frame_dir' in entry else entry['filename']


def read_pose_file(path: str,
                   split: Optional[str] = None,
                   layout: Optional[KeypointLayout] = None) -> List[dict]:
    """Read a valid file of poses without executing code in it.

    Args:
        split (str, optional): Only entries of this split, in its order, if the
            file has splits; a plain list has none.
        layout (KeypointLayout, optional): Required layout of the points.

    Returns:
        list[dict]: Entries as described above, with the arrays of the file
        (float32 for integers); ``total_frames``, ``original_shape``,
        ``keypoint_score`` (1, but 0 for points at 0) and ``layout`` are filled
        in if possible.

    Raises:
        FileNotFoundError: If the file does not exist.
        UserError: If it is no such file, or entries are malformed; names the
            first ten with their fields.
    """
    entries, problems = scan_pose_file(path, split, layout)
    raise_for_problems(problems)
    return entries


def scan_pose_file(path: str,
                   split: Optional[str] = None,
                   layout: Optional[KeypointLayout] = None) -> _Scan:
    """As :func:`read_pose_file`, but returns the valid entries and a message
    for each of the others."""
    content, splits = read_pickle(path), None
    if isinstance(content, dict) and {'split', 'annotations'} <= set(content):
        splits, content = content['split'], content['annotations']
    if not isinstance(content, list) or not content or not isinstance(
            splits, (dict, type(None))):
        raise UserError(
            f'{path}: expected a list of one dict for each clip, or a dict of '
            f'split and annotations, but got {str(content)[:80]}')
    entries: Dict[str, dict] = {}
    problems = []
    for index, raw in enumerate(content):
        try:
            entry = sound_entry(raw, layout)
            if entry_name(entry) in entries:
                raise UserError(f'{entry_name(entry)!r} is there again')
            entries[entry_name(entry)] = entry
        except UserError as error:
            problems.append(f'{path}: entry {index}: {error}')
    if splits is None or split is None:
        return list(entries.values()), problems
    if split not in splits:
        raise UserError(f'{path} has no split {split!r}, but {list(splits)}')
    if not _are_texts(splits[split]):
        raise UserError(f'{path}: split {split} must be a list of names, but '
                        f'got {str(splits[split])[:80]}')
    names = Counter(splits[split])
    problems += [
        f'{path}: split {split}: {name!r} ' +
        ('is there again' if name in entries else 'has no sound entry')
        for name, count in names.items() if count > 1 or name not in entries
    ]
    return [entries[x] for x in names if x in entries], problems


def _are_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(
        isinstance(x, str) for x in value)


def write_pose_file(path: str,
                    entries: Sequence[dict],
                    split: Optional[Dict[str, List[str]]] = None) -> None:
    """Write entries as a plain list or, with ``split`` ({name: names of
    entries}), in the other form. Positions become float32 (the host's float16
    has a step of a pixel from 1024 on), scores float16. UserError if an entry
    is malformed."""
    rows = [sound_entry(x) for x in entries]
    for row in rows:
        row['keypoint'] = np.asarray(row['keypoint'], np.float32)
        if 'keypoint_score' in row:
            row['keypoint_score'] = row['keypoint_score'].astype(np.float16)
    content = rows if split is None else dict(split=split, annotations=rows)
    with atomic_path(path) as part, open(part, 'wb') as file:
        pickle.dump(content, file, protocol=4)


def sound_entry(raw: Any, layout: Optional[KeypointLayout] = None) -> dict:
    """A copy of an entry with all fields that can be filled in; UserError,
    naming the clip and the field, if it is malformed or of another layout."""
    if not isinstance(raw, dict):
        raise UserError(f'expected a dict, but got a {type(raw).__name__}')
    name = raw.get('frame_dir', raw.get('filename'))
    if not isinstance(name, str) or not name:
        raise UserError('expected the name of a clip in frame_dir or '
                        f'filename, but got {name!r}; it has {list(raw)}')

    def check(key: str, form: str, fits) -> np.ndarray:
        try:
            value = np.asarray(raw.get(key))
        except ValueError:  # rows of several lengths
            value = np.asarray(None)
        if value.dtype.kind not in 'fiu' or not fits(value):
            raise UserError(f'{name}: {key} must be numbers, {form}, but got '
                            f'{value.dtype} of {value.shape}')
        # The host works in place, where integers would become 0.
        return value if value.dtype.kind == 'f' else value.astype(np.float32)

    entry = {  # no stand-ins of the unpickler
        key: np.asarray(value) if isinstance(value, np.ndarray) else value
        for key, value in raw.items()
    }
    points = entry['keypoint'] = check(
        'keypoint', '(persons, frames, points, 2 or 3)',
        lambda x: x.ndim == 4 and x.shape[3] in
        (2, 3) and min(x.shape[1:]) > 0)
    shape = points.shape[:3]
    if 'keypoint_score' in raw:
        entry['keypoint_score'] = check('keypoint_score', f'{shape}',
                                        lambda x: x.shape == shape)
    elif points.shape[3] == 2:
        entry['keypoint_score'] = points.any(-1).astype(np.float16)
    entry['total_frames'] = shape[1]
    for key in sorted({'total_frames', 'fps'} & raw.keys()):
        number = check(key, 'one from 0 on', lambda x: x.shape ==
                       () and x >= 0)
        if key == 'fps':
            entry[key] = float(number)
        elif number != shape[1]:
            raise UserError(f'{name}: total_frames is {number:g}, but '
                            f'keypoint has {shape[1]} frames')
    for key in sorted({'layout', 'source', 'problems'} & raw.keys()):
        is_list, value = key == 'problems', raw[key]
        if not _are_texts(value if is_list else [value]):
            raise UserError(f'{name}: {key} must be {"a list of " * is_list}'
                            f'str, but got {str(value)[:80]}')
    for key in ('img_shape', 'original_shape'):
        if key == 'img_shape' or key in raw:
            size = check(key, '(height, width), from 1 on',
                         lambda x: x.shape == (2, ) and (x > 0).all())
            entry[key] = int(size[0]), int(size[1])
    entry.setdefault('original_shape', entry['img_shape'])
    if shape[2] == 28:
        entry.setdefault('layout', 'openpose28')
    if 'layout' in entry:
        require_layout(entry, KeypointLayout.load(entry['layout']))
    if layout is not None:
        require_layout(entry, layout)
    return entry


def require_layout(entry: dict, layout: KeypointLayout) -> None:
    """UserError unless a valid entry has the points of a layout, which it need
    not name."""
    points, own = entry['keypoint'].shape[2], entry.get('layout', layout.name)
    if (points, own) != (layout.num_points, layout.name):
        raise UserError(
            f'{entry_name(entry)}: keypoint must have the {layout.num_points} '
            f'points of layout {layout.name}, but has {points} of {own}')


def tidy_entry(entry: dict) -> dict:
    """A copy of a valid entry for a model: one person, the most confident of
    the clip; points without score or finite position are 0 in both arrays."""
    seen, tidy = seen_points(entry), dict(entry)
    score = entry.get('keypoint_score', seen).astype(np.float32)
    confidence = np.where(seen, score, 0).sum((1, 2))
    for key in {'keypoint', 'keypoint_score'} & entry.keys():
        tidy[key] = np.zeros((1, *entry[key].shape[1:]), entry[key].dtype)
        if len(seen):
            best = confidence.argmax()
            tidy[key][0][seen[best]] = entry[key][best][seen[best]]
    return tidy


def check_entry(entry: dict,
                total_frames: Optional[int] = None,
                size: Optional[Tuple[int, int]] = None) -> List[str]:
    """Problems of an entry, in words; empty if it is valid. ``total_frames``
    and ``size`` (height, width) are the video's, if known."""
    try:
        entry = sound_entry(entry)
    except UserError as error:
        return [str(error)]
    seen, points = seen_points(entry), entry['keypoint']
    frames, (height, width) = entry['total_frames'], entry['img_shape']
    score = entry.get('keypoint_score', seen)
    finite = np.isfinite(points).all(-1) & np.isfinite(score)
    outside = ((points[..., :2] < 0) |
               (points[..., :2] > (width, height))).any(-1)
    outside &= seen & (points.shape[3] == 2)  # in metres, perhaps, with z
    wrong = (finite & ((score < 0) | (score > 1))).sum()
    empty = (~seen.any((0, 2))).sum()
    persons = seen.any((1, 2)).sum()
    problems = (
        (total_frames not in (None, frames),
         f'pose of {frames} frames, but the video has {total_frames}; is it '
         'of another frame rate?'),
        # A smaller copy of the video is fine, one of another shape is not.
        (size and abs(size[0] * width / (size[1] * height) - 1) > .02,
         f'img_shape {height} x {width}, but the video is '
         f'{" x ".join(map(str, size or ()))} (height x width)'),
        (wrong, f'{wrong} scores are not 0 to 1'),
        (not finite.all(), f'{(~finite).sum()} points are not finite'),
        (outside.any(), f'{outside.sum()} of {seen.sum()} points are outside '
         f'the picture of {height} x {width}'),
        (empty, f'no person in {empty} of {frames} frames'),
        (persons > 1, f'{persons} persons; the most confident is followed'),
    )
    return [text for holds, text in problems if holds]


def match_entries(entries: Sequence[dict],
                  names: Sequence[str],
                  split: str = '') -> Dict[str, dict]:
    """Match clips with entries: {clip: entry}, without clips that have none.

    ``0003_01_0001.mp4`` matches ``train/0003_01_0001`` (MA-52's naming),
    ``0003_01_0001`` and its full name, but not ``val/0003_01_0001`` if
    ``split`` is another one. UserError if a clip has two entries.
    """
    by_stem: Dict[str, List[Tuple[List[str], dict]]] = {}
    for entry in entries:
        parts = _parts(entry_name(entry))
        by_stem.setdefault(parts[-1], []).append((parts, entry))
    others = {'train', 'val', 'test'} - {split} if split else set()
    found = {}
    for name in names:
        parts, fits = _parts(name), []
        for other, entry in by_stem.get(parts[-1], ()):
            common = min(len(parts), len(other))
            folder = ''.join(other[:-len(parts)][-1:])
            if parts[-common:] == other[-common:] and folder not in others:
                fits.append(entry)
        if len(fits) > 1:
            raise UserError(f'{name} has {len(fits)} poses: '
                            f'{", ".join(map(entry_name, fits))}')
        if fits:
            found[name] = fits[0]
    return found


def _parts(name: str) -> List[str]:
    """Folders, as named in MA-52's entries, and stem of a clip's path."""
    stem, ending = os.path.splitext(to_nfc(name).replace('\\', '/'))
    whole = stem + ending * (ending.lower() not in VIDEO_ENDINGS)
    whole = re.sub('(?<![^/])videos_(train|val|test)(?=/)', r'\1', whole)
    return [x for x in whole.split('/') if x not in ('', '.')] or ['']
