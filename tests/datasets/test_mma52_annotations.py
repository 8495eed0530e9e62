# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest

from mmaction_microaction.datasets import (ActionInstance, VideoRecord,
                                           odd_annotations, read_mma52)

V2 = 'id,video_id,start_frame,end_frame,class,total_frames,fps'
V1 = ',video_id,start_frame,end_frame,class,total_frames'


@pytest.fixture
def read(tmp_path):
    """Function that writes lines, or a json's content, and reads them."""

    def _read(*lines, name='val.csv', end='\n', **kwargs):
        if isinstance(lines[0], dict):
            lines, name = [json.dumps(lines[0], indent=1)], 'mma.json'
        path = tmp_path / name
        path.write_bytes(''.join(line + end for line in lines).encode())
        return read_mma52(str(path), **kwargs)

    return _read


def test_official_header(read):
    lines = [
        V2, '0,val0000,58,145,9,300,30.0', '1,val0001,0,29,51,290,29',
        '2,val0000,10,299,0,300,30.0'
    ]
    first, second = read(*lines)
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
    empty = read(*lines, labels=False)[0]
    assert empty.segments.shape == (0, 2) and empty.labels.shape == (0, )


def test_raw_header_with_windows_lines_and_no_fps(read):
    lines = V1, '0,196_01_0005_L,10,40,3,200'
    [video] = read(*lines, end='\r\n')
    assert (video.video_id, video.fps) == ('196_01_0005_L', 30.)
    [video] = read(*lines, end='\r\n', default_fps=25)
    assert video.duration == 8 and video.instances[0].start_s == 0.4


def test_dummy_rows_are_not_looked_at(read):
    videos = read(
        V2,
        '0,test0000,0,20,52,300,30.0',
        '1,test0001,x,,0,15,29.0',
        labels=False)
    assert videos == [
        VideoRecord('test0000', 300, 30.),
        VideoRecord('test0001', 15, 29.)
    ]
    lines = 'video_id,total_frames,fps', 'test0000,300,30.0'
    assert len(read(*lines, labels=False)) == 1
    with pytest.raises(ValueError, match='start_frame, end_frame, class'):
        read(*lines)


ODD_IDS = [
    '196_01_0005_L', '196_01_0005_l', 'a__', 'a_', 'a', 'x[1]', 'x(1)',
    'x (1)', 'p^q`r', '{b}~', ' a', 'É', 'é'
]


def test_ids_are_taken_letter_by_letter(read):
    rows = [f'{i},{name},0,{i + 10},{i},100' for i, name in enumerate(ODD_IDS)]
    videos = read(V1, *rows)
    assert [x.video_id for x in videos] == ODD_IDS
    assert [x.labels.tolist() for x in videos] == [[i] for i in range(13)]


def test_whole_numbers_as_pandas_writes_them(read):
    """A column with gaps becomes one of floats."""
    [video] = read(V2, '0,a,0.0,20.0,9.0,100.0,30.0')
    assert video.instances == (ActionInstance(9, 0., 20 / 30, 0, 20), )
    [video] = read(dict(a=dict(duration=4, actions=[[9.0, 1, 2]])))
    assert video.labels.tolist() == [9]


@pytest.mark.parametrize('row, text', [
    ('1,a,0,20,9,100,30.0,7', 'expected 7 cells, .* but got more'),
    ('1,a,0,20,9,100', "fps must be a number, but got ''"),
    ('1,a,30,20,9,100,30.0', 'start_frame 30 and end_frame 20'),
    ('1,a,20,20,9,100,30.0', 'end_frame must be after'),
    ('1,a,-1,20,9,100,30.0', "start_frame .* '-1'"),
    ('1,a,0,20,52,100,30.0', "class must be 0 to 51, but got '52'"),
    ('1,a,0,20,nodding,100,30.0', "class .* 'nodding'"),
    ('1,a,0,20,9.5,100,30.0', "class .* '9.5'"),
    ('1,a,0,,9,100,30.0', "end_frame .* ''"),
    ('1,b,0,20,9,NaN,30.0', "total_frames .* 'NaN'"),
    ('1,b,0,20,9,0,30.0', 'must be positive'),
    ('1,b,0,20,9,100,nan', "fps must be a number, but got 'nan'"),
    ('1,b,0,20,9,100,0', 'must be positive'),
    ('1,,0,20,9,100,30.0', 'video_id is empty'),
    ('1,a,0,20,9,101,30.0', "'a' has 101 frames .* 100 at 30.0 on line 2"),
])
def test_bad_rows_are_named_by_file_and_line(read, row, text):
    with pytest.raises(ValueError, match=f'val.csv:3: .*{text}'):
        read(V2, '0,a,0,20,9,100,30.0', row)


@pytest.mark.parametrize('lines, options, text', [
    (['a,b', '1,2'], {}, r'val.csv:1: .*got .a,b'),
    ([V2], {}, 'no videos'),
    ([V1, '0,a,0,20,6,100'], dict(num_classes=6), 'class must be 0 to 5'),
    ([V1, '0,a,0,20,6,100'], dict(default_fps=0), 'default_fps'),
    (['{', ']'], dict(name='mma.json'), 'mma.json:2: not json'),
    (['[1]'], dict(name='mma.json'), 'expected an object'),
    (['{', '"a": {"duration": 1},', '"a": {"duration": 2}}'
      ], dict(name='mma.json'), "mma.json:3: 'a': .*twice"),
])
def test_unfit_files(read, lines, options, text):
    with pytest.raises(ValueError, match=text):
        read(*lines, **options)


def test_limits(read, tmp_path):
    assert len(read(V1, '0,a,0,20,6,100', num_classes=7)) == 1
    (tmp_path / 'x.json').write_bytes(b'\xff')
    with pytest.raises(ValueError, match='x.json: expected text in UTF-8'):
        read_mma52(str(tmp_path / 'x.json'))


def test_json(read):
    actions = [[9, 1.5, 4], [0, 0, 2.25]]
    content = {
        'a': dict(subset='train', duration=10.0, actions=actions),
        'A': dict(subset='val', duration=5.5, actions=[])
    }
    instances = (ActionInstance(9, 1.5, 4., 30,
                                80), ActionInstance(0, 0., 2.25, 0, 45))
    assert read(
        content, default_fps=20) == [
            VideoRecord('a', 200, 20., instances, 'train'),
            VideoRecord('A', 110, 20., (), 'val')
        ]
    assert read(content, labels=False)[0].instances == ()


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
def test_bad_json_entries_are_named_by_file_and_line(read, entry, text):
    # The actions of a fill the lines 3 to 10.
    content = {'a': dict(duration=9.0, actions=[[1, 0, 1]]), 'b': entry}
    with pytest.raises(ValueError, match=f"mma.json:12: 'b': .*{text}"):
        read(content)


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
