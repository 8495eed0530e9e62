# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The frames of a clip (folder or video); its onset, apex and offset.

Shapes: T frames of H x W pixels.
"""
import os
import os.path as osp
import re
from dataclasses import replace
from typing import (Any, Callable, Dict, List, Mapping, Optional, Sequence,
                    Tuple)

import cv2
import mmcv
import numpy as np
from PIL import Image, UnidentifiedImageError

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.limits import MOST_PIXELS
from mmaction_microaction.utils.video_reader import VideoReader
from .apex import departure, find_apex, reduce_frame
from .clips import ExpressionClip

#: Converts a frame, (H, W, 3) uint8 RGB.
Convert = Callable[[np.ndarray], Any]

_EXTENSIONS = ('.jpg', '.jpeg', '.png', '.bmp')
#: Replacements of an apex that is not annotated.
APEX_RULES = ('middle', 'find', 'drop')


def list_frames(folder: str) -> Dict[int, str]:
    """Frame number -> path, in order; empty without a folder.

    The number is the last one in the name and may be padded: ``reg_img7.jpg``,
    ``img7.jpg``, ``006_00007.jpg``, ``reg_image000007.bmp`` and ``img
    (7).jpg`` are all 7, but ``img5 (7).jpg`` is a copy, which is ignored.
    """
    frames: Dict[int, str] = {}
    for name in sorted(os.listdir(folder)) if osp.isdir(folder) else ():
        stem, extension = osp.splitext(name)
        number = re.search(r'(\d+)$', stem) or re.fullmatch(
            r'\D*\((\d+)\)', stem)
        # '._img1.jpg': metadata of macOS on other file systems.
        if extension.lower() not in _EXTENSIONS or not number \
                or name.startswith('.'):
            continue
        other = frames.setdefault(int(number[1]), name)
        if other != name:
            raise UserError(f'{folder} has two files for frame '
                            f'{int(number[1])}, {other} and {name}; keep one')
    return {i: osp.join(folder, frames[i]) for i in sorted(frames)}


def _same(frame: np.ndarray) -> np.ndarray:
    return frame


def read_frames(paths: Sequence[str], convert: Convert = _same) -> list:
    """Read T files of one size: (H, W, 3) uint8 RGB each, or the results of
    ``convert``, called right after reading."""
    pictures, shape = [], None
    for path in paths:
        try:
            with Image.open(path) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise UserError(f'{path} has {picture.width} x '
                                    f'{picture.height} pixels, too many')
            picture = mmcv.imread(path)
        except (UnidentifiedImageError, Image.DecompressionBombError,
                cv2.error):
            picture = None
        if picture is None:
            raise UserError(f'{path} is no picture, or damaged')
        shape = shape or picture.shape
        if picture.shape != shape:
            raise UserError(f'{path} has {picture.shape[:2]} pixels, unlike '
                            f'{paths[0]} with {shape[:2]}')
        pictures.append(convert(mmcv.bgr2rgb(picture)))
    return pictures


class FrameFolder:
    """A folder of images ``<name><number>.jpg``, ``.png`` or ``.bmp``.

    Attributes:
        numbers (list[int]): Frame numbers in the file names, sorted.
        fps (float): 200, that of CASME II and SAMM.
    """
    fps = 200.

    def __init__(self, path: str) -> None:
        self._files = list_frames(path)
        if not self._files:
            raise FileNotFoundError(
                f'{path!r} has no frames <name><number>.jpg, .png or .bmp')
        self.numbers: List[int] = list(self._files)

    def read(self, numbers: Sequence[int], convert: Convert = _same) -> list:
        """Read frames by their numbers, as :func:`read_frames`."""
        return read_frames([self._files[i] for i in numbers], convert)


class VideoFrames:
    """A video, with the interface of :class:`FrameFolder`; frames from 0."""

    def __init__(self, path: str) -> None:
        self._path, video = path, VideoReader(path)
        self.numbers: List[int] = list(range(len(video)))
        self.fps, self._index = video.get_avg_fps() or 30., video.index
        video.close()

    def read(self, numbers: Sequence[int], convert: Convert = _same) -> list:
        """As :meth:`FrameFolder.read`."""
        video = VideoReader(self._path, index=self._index)
        frames = video.read(numbers, convert)
        video.close()
        return frames


def open_clip(path: str) -> Any:
    """Open a clip without annotations, of two or more frames: a video, or a
    folder of numbered images."""
    clip = FrameFolder(path) if osp.isdir(path) else VideoFrames(path)
    if len(clip.numbers) < 2:
        raise UserError(f'{path}: expected a video or a folder with at least '
                        f'two frames, but got {len(clip.numbers)}')
    return clip


def locate_apex(clip: Any) -> Tuple[int, np.ndarray]:
    """Find the apex of a clip that starts with the onset: its index in
    ``clip.numbers``, and the curve of :func:`departure`. Frames are reduced on
    reading, to save memory."""
    curve = departure(clip.read(clip.numbers, reduce_frame))
    return 1 + int(curve[1:].argmax()), curve


def nearest(numbers: Sequence[int], wanted: int) -> int:
    """The nearest of ascending numbers; the smaller of two."""
    return min(numbers, key=lambda number: abs(number - wanted))


def resolve_frames(
    clip: ExpressionClip,
    frames: Mapping[int, str],
    missing_apex: str = 'middle'
) -> Tuple[Optional[ExpressionClip], List[str]]:
    """Resolve onset, apex and offset to existing frames.

    A missing frame is replaced by the nearest one, if two frames of the coded
    range exist. An apex that is missing, not after the onset or after the
    offset is replaced by ``missing_apex``. Without a coded onset or offset,
    the first or last frame is used.

    Args:
        clip (ExpressionClip): As annotated.
        frames (Mapping[int, str]): Number -> path of the existing frames,
            ascending.
        missing_apex (str): ``'middle'``: halfway from onset to offset.
            ``'find'``: detected by :func:`find_apex`. ``'drop'``: no clip.

    Returns:
        tuple: The clip, with onset < apex <= offset, or None if unusable; and
        messages about corrections (for SMIC, middle apexes are not mentioned).
    """
    numbers, notes = list(frames), []
    problem, onset, offset = _ends(clip, numbers, notes)
    if problem:
        return None, ['; '.join([*notes, problem])]
    inside = [i for i in numbers if onset <= i <= offset]
    apex, why = clip.apex, _apex_problem(clip, onset, offset)
    if not why:
        apex = nearest(inside[1:], apex)
        if apex != clip.apex:
            notes.append(f'apex {clip.apex} does not exist; took {apex}')
    elif missing_apex == 'drop':
        return None, [why]
    elif missing_apex == 'find':
        paths = [frames[i] for i in inside]
        apex = inside[find_apex(read_frames(paths, reduce_frame))]
        notes.append(f'{why}; found {apex}')
    else:
        apex = nearest(inside[1:], (onset + offset) // 2)
        if clip.source != 'smic':
            notes.append(f'{why}; took the middle, {apex}')
    return replace(clip, onset=onset, apex=apex, offset=offset), notes


def _ends(clip: ExpressionClip, numbers: List[int],
          notes: List[str]) -> Tuple[str, int, int]:
    """The problem of a clip, or ''; its onset and offset."""
    ends = [clip.onset, clip.offset]
    is_reversed = None not in ends and clip.offset <= clip.onset
    if not numbers and not is_reversed:
        return f'no frames in {clip.frame_dir or "any folder"}', 0, 0
    for i, what in ((0, 'onset'), (-1, 'offset')):
        if ends[i] is None:
            ends[i] = numbers[i]
            if clip.source != 'smic':  # which has no numbers at all
                notes.append(f'no {what} annotated; took {ends[i]}')
    onset, offset = ends
    if offset <= onset:
        return f'offset {offset} is not behind onset {onset}', onset, offset
    inside = [i for i in numbers if onset <= i <= offset]
    if len(inside) < 2:
        found = f'only frame {inside[0]}' if inside else 'no frame'
        return (f'{found} of {onset} to {offset} exists (there are '
                f'{len(numbers)}, {numbers[0]} to {numbers[-1]})'), 0, 0
    settled = [nearest(numbers, i) for i in ends]
    for what, coded, taken in zip(('onset', 'offset'), ends, settled):
        if coded != taken:
            notes.append(f'{what} {coded} does not exist; took {taken}')
    return '', *settled


def _apex_problem(clip: ExpressionClip, onset: int, offset: int) -> str:
    """The problem of the annotated apex, or ''."""
    if clip.apex is None:
        if clip.apex_cell:
            return f'apex {clip.apex_cell!r} is no frame number'
        return 'no apex annotated'
    # First compared with the annotated ends, which may have been corrected.
    first = onset if clip.onset is None else clip.onset
    last = offset if clip.offset is None else clip.offset
    for is_so, why in ((clip.apex == first,
                        'is the onset'), (clip.apex
                                          < first, f'is before onset {first}'),
                       (clip.apex > last, f'is behind offset {last}'),
                       (clip.apex <= onset,
                        f'is not behind {onset}, taken for the onset')):
        if is_so:
            return f'apex {clip.apex} {why}'
    return ''
