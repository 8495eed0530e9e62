# Copyright (c) mmaction-microaction contributors. All rights reserved.
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from mmaction_microaction.datasets import expressions
from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       find_apex, frames,
                                                       list_frames, nearest,
                                                       read_frames)
from mmaction_microaction.utils.video_writer import write_video

ALL = range(1, 20)
LATE = range(30, 60)


def settle(coded, numbers, rule='middle', source='samm', cell=''):
    clip = ExpressionClip(source, '006', 'EP', 'fear', *coded, apex_cell=cell)
    settled, notes = expressions.resolve_frames(
        clip, {i: f'{i}.jpg'
               for i in numbers}, rule)
    return settled and (settled.onset, settled.apex, settled.offset), notes


def test_frames_by_number_however_padded(tmp_path, write_frames):
    folder = write_frames(tmp_path / 'a', 'reg_img{}.jpg', [9, 10, 100])
    write_frames(folder, '006_{:05d}.PNG', [7])
    # The last one is a copy that a browser made.
    for name in ('._reg_img9.jpg', 'notes8.txt', 'cover.jpg', 'img9 (2).jpg'):
        (folder / name).touch()
    listed = list_frames(str(folder))
    assert list(listed) == [7, 9, 10, 100]
    assert listed[7].endswith('006_00007.PNG')
    assert list_frames(str(tmp_path / 'b')) == list_frames('') == {}
    windows = write_frames(tmp_path / 'c', 'img ({}).jpg', [2, 10])
    assert list(list_frames(str(windows))) == [2, 10]
    write_frames(folder, 'img{:04d}.jpg', [9])
    with pytest.raises(ValueError, match='two files for frame 9'):
        list_frames(str(folder))


def test_nearest():
    assert [nearest([2, 4, 9], i) for i in (1, 2, 3, 5, 7, 50)] == \
        [2, 2, 2, 4, 9, 9]


@pytest.mark.parametrize('apex, cell, why', [
    (None, '', 'no apex annotated'),
    (None, '/', "apex '/' is no frame number"),
    (5, '', 'apex 5 is the onset'),
    (3, '', 'apex 3 is before onset 5'),
    (14, '', 'apex 14 is behind offset 12'),
])
def test_an_apex_of_no_use(apex, cell, why, monkeypatch):
    given = (5, apex, 12), ALL
    assert settle(
        *given, cell=cell) == ((5, 8, 12), [f'{why}; took the middle, 8'])
    assert settle(*given, 'drop', cell=cell) == (None, [why])
    inside = [f'{i}.jpg' for i in range(5, 13)]
    monkeypatch.setattr(frames, 'read_frames', lambda paths, convert: paths)
    monkeypatch.setattr(frames, 'find_apex', lambda x: 6 if x == inside else 0)
    assert settle(
        *given, 'find', cell=cell) == ((5, 11, 12), [f'{why}; found 11'])


@pytest.mark.parametrize(
    'coded, numbers, taken, notes',
    [
        ((5, 8, 12), ALL, (5, 8, 12), ''),
        ((5, 12, 12), ALL, (5, 12, 12), ''),
        ((5, 8, 12), [6, 7, 9, 11],
         (6, 7, 11), 'onset 5 -> 6, offset 12 -> 11, apex 8 -> 7'),
        # The nearest one to the apex is the onset: that would be no pair.
        ((5, 6, 12), [5, 10, 12], (5, 10, 12), 'apex 6 -> 10'),
        ((None, None, None), range(3, 14), (3, 8, 13),
         'no onset annotated; took 3, no offset annotated; took 13, '
         'no apex annotated; took the middle, 8'),
        # Before the frame that is taken for the onset, it, and behind it.
        *(((10, apex, 50), LATE, (30, 40, 50),
           f'onset 10 -> 30, apex {apex} is not behind 30, taken for the '
           'onset; took the middle, 40') for apex in (15, 30)),
        ((10, 31, 50), LATE, (30, 31, 50), 'onset 10 -> 30'),
        # What stands for an end may lie outside of the coded range.
        ((10, 10, 20), [9, *range(13, 21)], (9, 14, 20),
         'onset 10 -> 9, apex 10 is the onset; took the middle, 14'),
        ((4, 13, 12), [*range(4, 10), 13], (4, 8, 13), 'offset 12 -> 13, '
         'apex 13 is behind offset 12; took the middle, 8'),
        # The frames end before the apex.
        ((10, 45, 50), range(8, 41),
         (10, 40, 40), 'offset 50 -> 40, apex 45 -> 40'),
        ((5, 8, 12), [], None, 'no frames in any folder'),
        ((5, 8, 12), range(30, 40), None,
         'no frame of 5 to 12 exists (there are 10, 30 to 39)'),
        # Frames on both sides, none or one between them.
        ((5, 8, 12), [1, 4, 13, 14], None,
         'no frame of 5 to 12 exists (there are 4, 1 to 14)'),
        ((5, 8, 12), [1, 4, 8, 13], None,
         'only frame 8 of 5 to 12 exists (there are 4, 1 to 13)'),
        ((12, 8, 5), [], None, 'offset 5 is not behind onset 12'),
        ((5, 5, 5), ALL, None, 'offset 5 is not behind onset 5'),
        ((30, 35, None), ALL, None,
         'no offset annotated; took 19; offset 19 is not behind onset 30'),
        ((None, None, None), [9], None, 'no onset annotated; took 9; '
         'no offset annotated; took 9; offset 9 is not behind onset 9'),
    ])
def test_what_is_put_right(coded, numbers, taken, notes):
    settled, found = settle(coded, numbers)
    assert settled == taken
    assert ', '.join(found) == notes.replace('->', 'does not exist; took')


def test_pictures(tmp_path, write_frames):
    folder = write_frames(tmp_path, 'img{}.png', [1, 2])
    paths = [str(folder / f'img{i}.png') for i in (1, 2)]
    assert read_frames(paths, np.max) == [1, 2]
    cv2.imwrite(paths[1], np.zeros((20, 17, 3), np.uint8))
    with pytest.raises(ValueError, match=r'img2.png has \(20, 17\) pixels'):
        read_frames(paths)
    for content in (b'', b'hello'):
        (folder / 'img2.png').write_bytes(content)
        with pytest.raises(ValueError, match=r'img2\.png is no picture'):
            read_frames(paths)


@pytest.mark.parametrize('name, fps, first, error', [('Zoé', 200, 98, 0),
                                                     ('a.mp4', 25, 0, 4)])
def test_folder_and_video(tmp_path, name, fps, first, error):
    # A bar that grows until frame 10 and shrinks again.
    pictures = np.full((30, 64, 80, 3), 90, np.uint8)
    for t, frame in enumerate(pictures):
        frame[26:26 + max(12 - abs(t - 10), 0), 20:44] = (200, 120, 40)
    # Frames 98, 99, 100 (as numbers, not as text).
    (tmp_path / 'Zoé').mkdir()
    for t, frame in enumerate(pictures, start=98):
        cv2.imwrite(str(tmp_path / f'Zoé/reg_img{t}.png'), frame[..., ::-1])
    write_video(tmp_path / 'a.mp4', pictures, fps=25, crf=10)
    clip = expressions.open_clip(str(tmp_path / name))
    assert clip.fps == fps and clip.numbers == list(range(first, first + 30))
    read = clip.read([first + 10, first, first + 10])
    for found, i in zip(read, (10, 0, 10), strict=True):
        assert np.abs(found.astype(int) - pictures[i]).mean() <= error
    row, = clip.read([first + 3], lambda frame: frame[0].copy())
    assert row.shape == (80, 3)
    # Frames are reduced on the way, not kept at full size.
    with patch.object(clip, 'read', wraps=clip.read) as spy:
        place, curve = expressions.locate_apex(clip)
    spy.assert_called_once_with(clip.numbers, expressions.reduce_frame)
    assert abs(place - 10) <= 1 and len(curve) == 30
    assert place == find_apex(clip.read(clip.numbers))


def test_what_is_no_clip(tmp_path, write_frames):
    (tmp_path / 'a.mp4').write_text('hello')
    (tmp_path / 'empty').mkdir()
    write_frames(tmp_path / 'one', 'img{}.png', [1])
    for name, kind, message in (('none.mp4', FileNotFoundError, 'not exist'),
                                ('empty', FileNotFoundError, 'has no frames'),
                                ('a.mp4', ValueError, 'mp4 is not a video'),
                                ('one', ValueError, 'at least two frames')):
        with pytest.raises(kind, match=message):
            expressions.open_clip(str(tmp_path / name))
