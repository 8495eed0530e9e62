# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.emotion import Session, describe_empty, read_sessions
from mmaction_microaction.inference import Segment

HEADER = 'session,subject,emotion,file,duration\n'


@pytest.fixture
def write(tmp_path):
    """A function that writes a table beside the segments of one video."""
    (tmp_path / 'a.csv').write_text('start,end,action\n1,2,9\n4,7,10\n')

    def write(rows, header=HEADER):
        path = tmp_path / 'table.csv'
        path.write_text(header + rows)
        return str(path)

    return write


def test_generated_table(sessions_table):
    sessions = read_sessions(sessions_table)
    assert len(sessions) == 48
    assert {s.subject for s in sessions} == {f's{i:02d}' for i in range(1, 13)}
    assert all(90 <= s.duration <= 180 and s.segments for s in sessions)
    assert describe_empty(sessions) == ''


def test_files_of_a_session_follow_each_other(write):
    path = write('x,p,calm,a.csv,6\nx,p,calm,a.csv,10\ny,q,joy,a.csv,8\n')
    x, y = read_sessions(path)
    # The second segment of the first file ends behind its 6 seconds.
    assert x == Session('x', 'p', 'calm', (Segment(1, 2, 9), Segment(
        4, 6, 10), Segment(7, 8, 9), Segment(10, 13, 10)), 16)
    assert (y.subject, y.duration, len(y.segments)) == ('q', 8, 2)


def test_without_emotion(write):
    path = write('x,p,a.csv,6\n', 'session,subject,file,duration\n')
    assert read_sessions(path, labelled=False)[0].emotion is None
    with pytest.raises(ValueError, match=':1: .*emotion is missing'):
        read_sessions(path)


@pytest.mark.parametrize('rows, message', [
    ('', 'no session'),
    ('x,p,,a.csv,6\n', ':2: emotion is empty'),
    ('x,,joy,a.csv,6\n', ':2: subject is empty'),
    ('x,p,rage,a.csv,6\n', ":2: unknown emotion 'rage'.*calm, joy"),
    ('x,p,joy,a.csv,6\nx,q,joy,a.csv,6\n', ":3: session 'x' has"),
    ('x,p,joy,a.csv,6\nx,p,calm,a.csv,6\n', ":3: session 'x' has"),
    ('x,p,joy,a.csv,\n', ':2: a.csv does not say how long'),
    ('x,p,joy,a.csv,0\n', ':2: duration must be'),
    ('x,p,joy,a.csv,long\n', ":2: duration must be .*'long'"),
    ('x,p,joy,a.txt,6\n', ':2: .*segments.csv'),
])
def test_bad_rows(write, rows, message):
    with pytest.raises(ValueError, match=message):
        read_sessions(write(rows), classes=['calm', 'joy'])


def test_two_spellings_of_an_emotion(write):
    with pytest.raises(ValueError, match=":3: 'Joy' is 'joy' in another"):
        read_sessions(write('x,p,joy,a.csv,6\ny,p,Joy,a.csv,6\n'))


def test_missing_files(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=':2: .*b.csv'):
        read_sessions(write('x,p,joy,b.csv,6\n'))
    with pytest.raises(FileNotFoundError):
        read_sessions(str(tmp_path / 'none.csv'))


def test_sessions_without_segments():
    empty = Session('x', 'p', 'joy', (), 5.)
    full = Session('y', 'p', 'joy', (Segment(0, 1, 0), ), 5.)
    assert describe_empty([full, empty]) == \
        '1 of 2 sessions have no segment (first: x)'
