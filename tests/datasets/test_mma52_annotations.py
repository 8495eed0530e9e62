# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest

from mmaction_microaction.datasets import (ActionInstance, VideoRecord,
                                           odd_annotations, read_mma52)

V2 = 'id,video_id,start_frame,end_frame,class,total_frames,fps'
V1 = ',video_id,start_frame,end_frame,class,total_frames'


@pytest.fixture
def write(tmp_path):

    def _write(*lines, name='val.csv', end='\n'):
        path = tmp_path / name
        path.write_bytes(''.join(line + end for line in lines).encode())
        return str(path)

    return _write


def test_official_header(write):
    path = write(V2, '0,val0000,58,145,9,300,30.0', '1,val0001,0,29,51,290,29',
                 '2,val0000,10,299,0,300,30.0')
    first, second = read_mma52(path)
    assert (first.video_id, first.total_frames, first.fps) == ('val0000', 300,
                                                               30.)
    assert first.duration == second.duration == 10
    assert first.instances == (ActionInstance(9, 58 / 30, 145 / 30, 58, 145),
                               ActionInstance(0, 10 / 30, 299 / 30, 10, 299))
    assert [x.line for x in first.instances] == [2, 4]
    assert second.instances[0].end_s == 1.  # no +1 on the inclusive end
    expected = [[58 / 30, 145 / 30], [10 / 30, 299 / 30]]
    np.testing.assert_array_equal(first.segments, np.float32(expected))
    assert first.labels.dtype == np.int64 and first.labels.tolist() == [9, 0]
    empty = read_mma52(path, labels=False)[0]
    assert empty.segments.shape == (0, 2) and empty.labels.shape == (0, )


def test_raw_header_with_windows_lines_and_no_fps(write):
    path = write(V1, '0,196_01_0005_L,10,40,3,200', end='\r\n')
    [video] = read_mma52(path)
    assert (video.video_id, video.fps) == ('196_01_0005_L', 30.)
    [video] = read_mma52(path, default_fps=25)
    assert video.duration == 8 and video.instances[0].start_s == 0.4


def test_dummy_rows_are_not_looked_at(write):
    path = write(V2, '0,test0000,0,20,52,300,30.0', '1,test0001,x,,0,15,29.0')
    videos = read_mma52(path, labels=False)
    assert [(v.video_id, v.total_frames, v.fps, v.instances)
            for v in videos] == [('test0000', 300, 30., ()),
                                 ('test0001', 15, 29., ())]
    path = write('video_id,total_frames,fps', 'test0000,300,30.0')
    assert len(read_mma52(path, labels=False)) == 1
    with pytest.raises(ValueError, match='start_frame, end_frame, class'):
        read_mma52(path)


ODD_IDS = [
    '196_01_0005_L', '196_01_0005_l', 'a__', 'a_', 'a', 'x[1]', 'x(1)',
    'x (1)', 'p^q`r', '{b}~', ' a', 'É', 'é'
]


def test_ids_are_taken_letter_by_letter(write):
    rows = [f'{i},{name},0,{i + 10},{i},100' for i, name in enumerate(ODD_IDS)]
    videos = read_mma52(write(V1, *rows))
    assert [video.video_id for video in videos] == ODD_IDS
    assert [video.instances[0].label
            for video in videos] == list(range(len(ODD_IDS)))


def test_whole_numbers_as_pandas_writes_them(write):
    """A column with gaps becomes one of floats."""
    [video] = read_mma52(write(V2, '0,a,0.0,20.0,9.0,100.0,30.0'))
    assert video.instances == (ActionInstance(9, 0., 20 / 30, 0, 20), )
    entry = dict(duration=4, actions=[[9.0, 1, 2]])
    [video] = read_mma52(_json(write, dict(a=entry)))
    assert video.labels.tolist() == [9]


GOOD = '0,a,0,20,9,100,30.0'


@pytest.mark.parametrize('row, text', [
    ('1,a,0,20,9,100,30.0,7', 'expected 7 cells, .* but got more'),
    ('1,a,0,20,9,100', "fps must be a number, but got ''"),
    ('1,a,30,20,9,100,30.0', 'start_frame 30 and end_frame 20'),
    ('1,a,20,20,9,100,30.0', 'end_frame must be after'),
    ('1,a,-1,20,9,100,30.0', "start_frame .* '-1'"),
    ('1,a,0,20,52,100,30.0', "class must be 0 to 51, but got '52'"),
    ('1,a,0,20,-1,100,30.0', "class .* '-1'"),
    ('1,a,0,20,nodding,100,30.0', "class .* 'nodding'"),
    ('1,a,0,20,9.5,100,30.0', "class .* '9.5'"),
    ('1,a,nan,20,9,100,30.0', "start_frame .* 'nan'"),
    ('1,a,0,,9,100,30.0', "end_frame .* ''"),
    ('1,b,0,20,9,NaN,30.0', "total_frames .* 'NaN'"),
    ('1,b,0,20,9,0,30.0', 'must be positive'),
    ('1,b,0,20,9,100,nan', "fps must be a number, but got 'nan'"),
    ('1,b,0,20,9,100,0', 'must be positive'),
    ('1,,0,20,9,100,30.0', 'video_id is empty'),
    ('1,a,0,20,9,101,30.0', "'a' has 101 frames .* 100 at 30.0 on line 2"),
    ('1,a,0,20,9,100,29.0', '100 at 30.0 on line 2'),
])
def test_bad_rows_are_named_by_file_and_line(write, row, text):
    with pytest.raises(ValueError, match=f'val.csv:3: .*{text}'):
        read_mma52(write(V2, GOOD, row))


def test_unfit_files(write):
    with pytest.raises(ValueError, match=r'val.csv:1: .*got .a,b'):
        read_mma52(write('a,b', '1,2'))
    with pytest.raises(ValueError, match='no videos'):
        read_mma52(write(V2))
    path = write(V1, '0,a,0,20,6,100')
    assert len(read_mma52(path, num_classes=7)) == 1
    with pytest.raises(ValueError, match='class must be 0 to 5'):
        read_mma52(path, num_classes=6)
    with pytest.raises(ValueError, match='default_fps'):
        read_mma52(path, default_fps=0)


def _json(write, content):
    return write(json.dumps(content, indent=1), name='mma.json')


def test_json(write):
    actions = [[9, 1.5, 4], [0, 0, 2.25]]
    content = {
        'a': dict(subset='train', duration=10.0, actions=actions),
        'A': dict(subset='val', duration=5.5, actions=[])
    }
    first, second = read_mma52(_json(write, content), default_fps=20)
    assert first.instances == (ActionInstance(9, 1.5, 4., 30, 80),
                               ActionInstance(0, 0., 2.25, 0, 45))
    assert (first.total_frames, first.duration, first.subset) == (200, 10.,
                                                                  'train')
    assert (second.video_id, second.instances) == ('A', ())
    assert read_mma52(_json(write, content), labels=False)[0].instances == ()


@pytest.mark.parametrize('entry, text', [
    ([], 'an object with duration and actions'),
    (dict(actions=[]), 'duration and actions'),
    (dict(duration='x'), "duration must be a number, but got 'x'"),
    (dict(duration=0), 'must be positive'),
    (dict(duration=9, actions=[[9, 1]]), r'\[class, start, end\]'),
    (dict(duration=9, actions=[[52, 1, 2]]), '0 to 51, but got 52'),
    (dict(duration=9, actions=[[9.5, 1, 2]]), 'class must be a whole .* 9.5'),
    (dict(duration=9, actions=[[9, 2, 1]]), 'an end after it'),
    (dict(duration=9, actions=[[9, -1, 1]]), 'at least 0'),
    (dict(duration=9, actions=[[9, 1, float('nan')]]), 'must be a number'),
])
def test_bad_json_entries_are_named_by_file_and_line(write, entry, text):
    content = {'a': dict(duration=9.0, actions=[[1, 0, 1]]), 'b': entry}
    path = _json(write, content)
    lines = open(path).read().splitlines()
    line = 1 + next(i for i, x in enumerate(lines) if x.startswith(' "b"'))
    with pytest.raises(ValueError, match=f"mma.json:{line}: 'b': .*{text}"):
        read_mma52(path)


def test_unfit_json(write, tmp_path):
    (tmp_path / 'x.json').write_bytes(b'\xff')
    with pytest.raises(ValueError, match='x.json: expected text in UTF-8'):
        read_mma52(str(tmp_path / 'x.json'))
    with pytest.raises(ValueError, match='mma.json:2: not json'):
        read_mma52(write('{', ']', name='mma.json'))
    with pytest.raises(ValueError, match='expected an object'):
        read_mma52(write('[1]', name='mma.json'))
    with pytest.raises(ValueError, match="mma.json:3: 'a': .*twice"):
        read_mma52(
            write(
                '{',
                '"a": {"duration": 1, "actions": []},',
                '"a": {"duration": 2, "actions": []}}',
                name='mma.json'))


def _video(*frames, name='a'):
    instances = tuple(
        ActionInstance(label, start / 30, end / 30, start, end, line)
        for line, (label, start, end) in enumerate(frames, start=2))
    return VideoRecord(name, 100, 30., instances)


def test_odd_annotations():
    good = _video((9, 0, 100), (9, 5, 8))
    assert odd_annotations([good, good], 'val.csv') == []
    long = _video((9, 0, 99), (9, 5, 130))
    [odd] = odd_annotations([good, long], 'val.csv')
    assert odd.startswith('val.csv:3: end_frame 130') and "'a'" in odd
    [odd] = odd_annotations([good, _video(name='b')], 'x.json')
    assert "'b' has no instance" in odd
    dummies = [_video((i, 0, 20), name=str(i)) for i in range(5)]
    [odd] = odd_annotations(dummies, 'test.csv')
    assert 'dummies' in odd
    assert odd_annotations(dummies + [good], 'val.csv') == []
