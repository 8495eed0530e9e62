# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       list_frames, nearest,
                                                       read_frames,
                                                       settle_frames)


def settle(onset, apex, offset, numbers, source='samm', cell='', **kwargs):
    clip = ExpressionClip(
        source, '006', 'EP', 'fear', onset, apex, offset, apex_cell=cell)
    settled, notes = settle_frames(clip, {i: f'{i}.jpg'
                                          for i in numbers}, **kwargs)
    return settled and (settled.onset, settled.apex, settled.offset), notes


def test_frames_by_number_however_padded(tmp_path, write_frames):
    write_frames(tmp_path / 'a', 'reg_img{}.jpg', [9, 10, 100])
    write_frames(tmp_path / 'a', '006_{:05d}.PNG', [7])
    (tmp_path / 'a' / '._reg_img9.jpg').write_bytes(b'')
    (tmp_path / 'a' / 'notes8.txt').write_bytes(b'')
    (tmp_path / 'a' / 'cover.jpg').write_bytes(b'')
    frames = list_frames(str(tmp_path / 'a'))
    assert list(frames) == [7, 9, 10, 100]
    assert frames[7].endswith('006_00007.PNG')
    assert list_frames(str(tmp_path / 'b')) == {}
    assert list_frames('') == {}
    write_frames(tmp_path / 'a', 'img{:04d}.jpg', [9])
    with pytest.raises(ValueError, match='two files for frame 9'):
        list_frames(str(tmp_path / 'a'))


def test_nearest():
    assert [nearest([2, 4, 9], i) for i in (1, 2, 3, 5, 7, 50)] == \
        [2, 2, 2, 4, 9, 9]


def test_a_sound_clip_is_left_alone():
    assert settle(5, 8, 12, range(1, 20)) == ((5, 8, 12), [])
    assert settle(5, 12, 12, range(1, 20)) == ((5, 12, 12), [])


@pytest.mark.parametrize('apex, why', [
    (None, 'no apex annotated'),
    (5, 'apex 5 is the onset'),
    (3, 'apex 3 is before onset 5'),
    (14, 'apex 14 is behind offset 12'),
])
def test_an_apex_of_no_use(apex, why):
    assert settle(5, apex, 12, range(1, 20)) == \
        ((5, 8, 12), [f'{why}; took the middle, 8'])
    assert settle(5, apex, 12, range(1, 20), missing_apex='drop') == \
        (None, [why])
    seen = []
    settled = settle(
        5,
        apex,
        12,
        range(1, 20),
        missing_apex='find',
        find_apex=lambda paths: seen.extend(paths) or 6)
    assert settled == ((5, 11, 12), [f'{why}; found 11'])
    assert seen == [f'{i}.jpg' for i in range(5, 13)]


def test_frames_that_do_not_exist():
    assert settle(5, 8, 12, [6, 7, 9, 11]) == ((6, 7, 11), [
        'onset 5 does not exist; took 6', 'offset 12 does not exist; took 11',
        'apex 8 does not exist; took 7'
    ])
    # The nearest one to the apex is the onset: that would be no pair.
    assert settle(5, 6, 12, [5, 10, 12])[0] == (5, 10, 12)
    assert settle(None, 8, 12, range(3, 20)) == \
        ((3, 8, 12), ['no onset annotated; took 3'])


def test_blank_numbers_are_noted_but_for_smic():
    assert settle(None, 8, None, range(3, 14)) == ((3, 8, 13), [
        'no onset annotated; took 3', 'no offset annotated; took 13'
    ])
    assert settle(None, None, None, range(3, 14)) == ((3, 8, 13), [
        'no onset annotated; took 3', 'no offset annotated; took 13',
        'no apex annotated; took the middle, 8'
    ])
    assert settle(None, None, None, range(3, 14), 'smic') == ((3, 8, 13), [])


def test_an_apex_that_is_no_number_is_quoted():
    assert settle(
        5, None, 12, range(1, 20),
        cell='59?') == ((5, 8, 12),
                        ["apex '59?' is no frame number; took the middle, 8"])
    assert settle(
        5, None, 12, range(1, 20), cell='/',
        missing_apex='drop') == (None, ["apex '/' is no frame number"])


def test_an_apex_before_the_frame_that_is_taken_for_the_onset():
    note = 'onset 10 does not exist; took 30'
    why = 'apex {} is not behind 30, taken for the onset'
    for apex in (15, 30):
        assert settle(10, apex, 50, range(30, 60)) == \
            ((30, 40, 50), [note, why.format(apex) + '; took the middle, 40'])
    assert settle(10, 15, 50, range(30, 60), missing_apex='drop') == \
        (None, [why.format(15)])
    assert settle(10, 31, 50, range(30, 60)) == ((30, 31, 50), [note])


def test_an_apex_is_judged_by_the_coded_ends():
    # What stands for an end may lie outside of the coded range.
    assert settle(10, 10, 20, [9, *range(13, 21)]) == ((9, 14, 20), [
        'onset 10 does not exist; took 9',
        'apex 10 is the onset; took the middle, 14'
    ])
    assert settle(4, 13, 12, [*range(4, 10), 13])[1] == [
        'offset 12 does not exist; took 13',
        'apex 13 is behind offset 12; took the middle, 8'
    ]
    # The frames end before the apex.
    assert settle(10, 45, 50, range(8, 41)) == ((10, 40, 40), [
        'offset 50 does not exist; took 40', 'apex 45 does not exist; took 40'
    ])


@pytest.mark.parametrize(
    'coded, numbers, why',
    [
        ((5, 8, 12), [], 'no frames in'),
        ((5, 8, 12), range(
            30, 40), 'no frame of 5 to 12 exists (there are 10, 30 to 39)'),
        # Frames on both sides, none or one between them.
        ((5, 8, 12), [1, 2, 3, 4, 13, 14], 'no frame of 5 to 12 exists'),
        ((5, 8, 12), [1, 4, 8, 13], 'only frame 8 of 5 to 12 exists'),
        ((12, 8, 5), range(1, 20), 'offset 5 is not behind onset 12'),
        ((12, 8, 5), [], 'offset 5 is not behind onset 12'),
        ((30, 35, None), range(1, 20),
         'no offset annotated; took 19; offset 19 is not behind onset 30'),
        ((5, 5, 5), range(1, 20), 'offset 5 is not behind onset 5'),
        ((5, 8, 12), [9], 'only frame 9 of 5 to 12'),
        ((None, None, None), [9], 'no onset annotated; took 9; '
         'no offset annotated; took 9; offset 9 is not behind onset 9'),
    ])
def test_clips_of_no_use(coded, numbers, why):
    clip, notes = settle(*coded, numbers)
    assert clip is None and why in notes[0] and len(notes) == 1


@pytest.mark.parametrize('content', [b'', b'hello'])
def test_a_file_that_is_no_picture(tmp_path, write_frames, content):
    folder = write_frames(tmp_path, 'img{}.png', [1, 2, 3])
    (folder / 'img2.png').write_bytes(content)
    with pytest.raises(ValueError, match=r'img2\.png is no picture'):
        read_frames([str(folder / f'img{i}.png') for i in (1, 2, 3)])


def test_frames_of_two_sizes(tmp_path, write_frames):
    folder = write_frames(tmp_path, 'img{}.png', [1])
    cv2.imwrite(str(folder / 'img2.png'), np.zeros((20, 17, 3), np.uint8))
    paths = [str(folder / f'img{i}.png') for i in (1, 2)]
    for convert in (None, np.mean):
        with pytest.raises(
                ValueError, match=r'img2.png has \(20, 17\) pixels'):
            read_frames(paths, convert)
    assert read_frames(paths[:1], np.max) == [1]
