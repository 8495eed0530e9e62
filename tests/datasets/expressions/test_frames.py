# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       list_frames, nearest,
                                                       settle_frames)


def settle(onset, apex, offset, numbers, **kwargs):
    clip = ExpressionClip('casme2', 'sub01', 'EP', 'fear', onset, apex, offset)
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


@pytest.mark.parametrize('coded, numbers, why', [
    ((5, 8, 12), [], 'no frames in'),
    ((5, 8, 12), range(30, 40), '5 to 12 are coded, but 30 to 39 exist'),
    ((12, 8, 5), range(1, 20), 'offset 5 is not behind onset 12'),
    ((5, 5, 5), range(1, 20), 'offset 5 is not behind onset 5'),
    ((5, 8, 12), [9], 'only 1 frame'),
    ((None, None, None), [9], 'offset 9 is not behind onset 9'),
])
def test_clips_of_no_use(coded, numbers, why):
    clip, notes = settle(*coded, numbers)
    assert clip is None and why in notes[0] and len(notes) == 1
