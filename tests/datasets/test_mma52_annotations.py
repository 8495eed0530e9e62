# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import re

import numpy as np
import pytest

from mmaction_microaction.datasets import (ActionInstance, VideoRecord,
                                           read_mma52, suspicious_annotations)
from mmaction_microaction.taxonomy import MA52

V2 = 'id,video_id,start_frame,end_frame,class,total_frames,fps'
V1 = ',video_id,start_frame,end_frame,class,total_frames'


@pytest.fixture
def read(tmp_path):
    """Function that writes a csv's lines, or a json's content, and reads."""

    def _read(*lines, end='\n', **kwargs):
        is_json = not isinstance(lines[0], str)
        path = tmp_path / ('mma.json' if is_json else 'val.csv')
        text = json.dumps(
            lines[0], indent=1) if is_json else ''.join(line + end
                                                        for line in lines)
        path.write_bytes(text.encode())
        return read_mma52(str(path), **kwargs)

    return _read


def test_official_header(read):
    lines = [
        V2,
        '0,val0000,58,145,9,300,30.0',
        '1,val0001,0,29,51,290,29',
        # As pandas writes a column with gaps.
        '2,val0000,10.0,299.0,0.0,300.0,30.0'
    ]
    first, second = read(*lines)
    actions = (ActionInstance(9, 58 / 30, 145 / 30, 58, 145),
               ActionInstance(0, 10 / 30, 299 / 30, 10, 299))
    assert first == VideoRecord('val0000', 300, 30., actions)
    assert [x.line for x in first.instances] == [2, 4]
    assert first.duration == second.duration == 10
    assert second.instances[0].end_s == 1.  # no +1 on the inclusive end
    expected = [[58 / 30, 145 / 30], [10 / 30, 299 / 30]]
    assert first.segments.tolist() == expected
    assert first.labels.dtype == np.int64 and first.labels.tolist() == [9, 0]
    empty = read(*lines, labels=False)[0]
    assert empty.segments.shape == (0, 2) and empty.labels.shape == (0, )


@pytest.mark.parametrize('options, fps', [({}, 30.),
                                          (dict(default_fps=25), 25)])
def test_raw_header_with_windows_lines_and_no_fps(read, options, fps):
    video, = read(V1, '0,a,10,40,3,200', end='\r\n', **options)
    actions = ActionInstance(3, 10 / fps, 40 / fps, 10, 40),
    assert video == VideoRecord('a', 200, fps, actions)


def test_dummy_rows_are_not_looked_at(read):
    videos = [VideoRecord('a', 300, 30.), VideoRecord('b', 15, 29.)]
    rows = '0,a,0,20,52,300,30.0', '1,b,x,,0,15,29.0'
    assert read(V2, *rows, labels=False) == videos
    lines = 'video_id,total_frames,fps', 'a,300,30.0', 'b,15,29'
    assert read(*lines, labels=False) == videos
    with pytest.raises(ValueError, match='start_frame, end_frame, class'):
        read(*lines)


def test_ids_are_taken_letter_by_letter(read):
    ids = [
        '196_01_0005_L', '196_01_0005_l', 'a__', 'a_', 'a', 'x[1]', 'x(1)',
        'x (1)', 'p^q`r', '{b}~', ' a', 'É', 'é'
    ]
    rows = [f'{i},{name},0,{i + 10},{i},100' for i, name in enumerate(ids)]
    assert [(x.video_id, *x.labels) for x in read(V1, *rows)
            ] == [(name, i) for i, name in enumerate(ids)]


@pytest.mark.parametrize('row, text', [
    ('1,a,0,20,9,100,30.0,7', 'expected 7 cells, .* but got more'),
    ('1,a,20,20,9,100,30.0', 'after start_.* start_frame 20 and end_frame 20'),
    ('1,a,-1,20,9,100,30.0', "start_frame .* '-1'"),
    ('1,a,0,20,52,100,30.0', "class must be an .* 0 to 51, but got '52'"),
    ('1,a,0,20,9.5,100,30.0', "class .* '9.5'"),
    ('1,b,0,20,9,NaN,30.0', "total_frames .* 'NaN'"),
    ('1,b,0,20,9,100,nan', "fps must be a number, but got 'nan'"),
    ('1,b,0,20,9,100,0', 'must be positive'),
    ('1,,0,20,9,100,30.0', 'video_id is empty'),
    ('1,a,0,20,9,101,30.0', "'a' has 101 frames .* 100 at 30.0 on line 2"),
])
def test_bad_rows_are_named_by_file_and_line(read, row, text):
    with pytest.raises(ValueError, match=f'val.csv:3: .*{text}'):
        read(V2, '0,a,0,20,9,100,30.0', row)


@pytest.mark.parametrize('kind, content, text', [
    ('csv', 'a,b\n1,2', ':1: .*got .a,b'),
    ('csv', V2, ': no videos'),
    ('csv', f'{V1}\n0,a,0,20,6,100',
     ':2: class must be an integer from 0 to 5'),
    ('json', '\xff', ': expected text in UTF-8'),
    ('json', '{\n]', ':2: not json'),
    ('json', '[1]', ':1: expected an object'),
    ('json', '{\n"a": {"duration": 1},\n"a": {"duration": 2}}',
     ":3: 'a': .*twice"),
])
def test_unfit_files(tmp_path, kind, content, text):
    path = tmp_path / f'x.{kind}'
    path.write_text(content, 'latin-1')
    with pytest.raises(ValueError, match=f'x.{kind}{text}'):
        read_mma52(str(path), num_classes=6)
    with pytest.raises(ValueError, match='default_fps'):
        read_mma52(str(path), default_fps=0)


def test_json(read):
    actions = [[9.0, 1.5, 4], [0, 0, 2.25]]
    content = dict(
        a=dict(subset='train', duration=10.0, actions=actions),
        A=dict(subset='val', duration=5.5, actions=[]))
    instances = (ActionInstance(9, 1.5, 4., 30,
                                80), ActionInstance(0, 0., 2.25, 0, 45))
    assert read(
        content, default_fps=20) == [
            VideoRecord('a', 200, 20., instances, 'train'),
            VideoRecord('A', 110, 20., (), 'val')
        ]
    assert read(content, labels=False)[0].instances == ()
    # The same as OpenTAD has it.
    for video in content.values():
        video['annotations'] = [
            dict(
                label=MA52.names[int(label)] if label else '0', segment=times)
            for label, *times in video.pop('actions')
        ]
    assert read(
        dict(version='1', database=content),
        default_fps=20)[0] == VideoRecord('a', 200, 20., instances, 'train')


@pytest.mark.parametrize('entry, text', [
    ([], 'an object with duration and actions'),
    (dict(duration='x'), "duration must be a number, but got 'x'"),
    (dict(duration=0), 'must be positive'),
    (dict(duration=9, actions=[[9, 1]]), r'\[class, start, end\]'),
    (dict(duration=9, actions=[[52, 1, 2]]), '0 to 51, but got 52'),
    (dict(duration=9, actions=[[9, 2, 1]]), 'an end after it'),
    (dict(duration=9, actions=[[9, -1, 1]]), 'at least 0'),
    (dict(duration=9, annotations=[dict(label='x', segment=[0, 1])]), "'x'"),
    (dict(duration=9, annotations=[dict(label='9', segment=5)]), 'but got 5'),
])
def test_bad_json_entries_are_named_by_file_and_line(read, entry, text):
    # The actions of a fill the lines 3 to 10.
    content = {'a': dict(duration=9.0, actions=[[1, 0, 1]]), 'b': entry}
    with pytest.raises(ValueError, match=f"mma.json:12: 'b': .*{text}"):
        read(content)


def test_odd_annotations():

    def video(*frames, name='a'):
        actions = (ActionInstance(9, start / 30, end / 30, start, end, line)
                   for line, (start, end) in enumerate(frames, start=2))
        return VideoRecord(name, 100, 30., tuple(actions))

    good, late = video((0, 100), (5, 8)), video((0, 99), (5, 130))
    dummies = [video((0, 20), name=str(i)) for i in range(5)]
    for records in ([good, good], [*dummies, good]):
        assert suspicious_annotations(records, 'val.csv') == []
    for records, text in (([good, late], "val.csv:3: end_frame 130 .*'a'"),
                          ([good, video(name='b')],
                           "'b' has no instance"), (dummies, 'dummies')):
        [odd] = suspicious_annotations(records, 'val.csv')
        assert re.search(text, odd)
