# Copyright (c) mmaction-microaction contributors. All rights reserved.
import unicodedata

import pytest

from mmaction_microaction.emotion import Session, describe_empty, read_sessions
from mmaction_microaction.emotion.sessions import name_key
from mmaction_microaction.formats import read_annotations
from mmaction_microaction.results import Segment

ROW = 'x,p,joy,a.csv,9\n'
HEADER = 'session,subject,emotion,file,duration\n'


@pytest.fixture
def write(tmp_path):
    """A function that writes a table beside three files of the same
    segments."""
    for name in ('a.csv', 'b.csv', 'c.csv'):
        (tmp_path / name).write_text('start,end,action\n1,2,9\n4,7,10\n')

    def write(rows, header=HEADER):
        path = tmp_path / 'table.csv'
        path.write_text(header + rows, encoding='utf-8')
        return str(path)

    return write


def test_files_of_a_session_follow_each_other(write):
    path = write('x,p,calm,a.csv,6.95\nx,p,calm,b.csv,10\ny,q,joy,c.csv,8\n')
    # The second segment of the first file ends less than a frame behind it.
    assert read_sessions(path) == [
        Session('x', 'p', 'calm',
                (Segment(1, 2, 9), Segment(4, 6.95, 10), Segment(
                    7.95, 8.95, 9), Segment(10.95, 13.95, 10)), 16.95),
        Session('y', 'q', 'joy', (Segment(1, 2, 9), Segment(4, 7, 10)), 8)
    ]
    # Empty cells at the end are no harm; an emotion is not always needed.
    assert len(read_sessions(write('x,p,joy,a.csv,9,,\n'))) == 1
    path = write('x,p,a.csv,9\n', HEADER.replace('emotion,', ''))
    assert read_sessions(path, labelled=False)[0].emotion is None


@pytest.mark.parametrize('header, message', [
    ('session,subject,file', 'columns session, subject, file, emotion'),
    ('session;subject;file', 'separated by commas'),
    ('session,subject,subject,emotion,file', 'subject.* each once'),
])
def test_bad_header(write, header, message):
    with pytest.raises(ValueError, match=f':1: .*{message}'):
        read_sessions(write('', header + '\n'))


@pytest.mark.parametrize('rows, message', [
    ('', 'no session'),
    ('x,p,,a.csv,6\n', ':2: emotion is empty'),
    ('x,p,rage,a.csv,6\n', ":2: unknown emotion 'rage'.*calm, joy"),
    (ROW + 'x,q,joy,b.csv,9\n', ":3: session 'x' has.*line 2"),
    (ROW + 'x,p,calm,b.csv,9\n', ":3: session 'x' has.*line 2"),
    (ROW + 'y,q,joy,./a.csv,9\n', ':3: ./a.csv is the .*line 2'),
    ('x,p,joy,a.csv,3\n', ':2: a.csv has a segment from 4.000.*3.000 s'),
    ('x,p,joy,a.csv,6\n', ':2: a.csv has a segment .* 7.000 s.*6.000 s'),
    ('x,p,joy,a.csv,9,5\n', ':2: expected 5 cells.*point'),
    ('x,p,joy,a.csv,\n', ':2: a.csv does not say how long'),
    ('x,p,joy,a.csv,0\n', ':2: duration must be'),
    ('x,p,joy,a.csv,long\n', ":2: duration must be .*'long'"),
    ('x,p,joy,a.txt,6\n', ':2: .*segments.csv'),
    (ROW + 'y,p,Joy,b.csv,9', ":3: emotion 'Joy' is 'joy' of line 2 in anoth"),
    (ROW + 'X,p,joy,b.csv,9', ":3: session 'X' is 'x' of line 2"),
])
def test_bad_rows(write, rows, message):
    with pytest.raises(ValueError, match=message):
        read_sessions(write(rows), classes=['calm', 'joy', 'Joy'])


@pytest.mark.parametrize('first, second', [('S01', 's01'), ('s01', 's1'),
                                           ('S 010', 's  10'),
                                           ('Straße', 'STRASSE')])
def test_one_person_under_two_names(write, first, second):
    rows = f'x,{first},joy,a.csv,9\ny,{second},joy,b.csv,9\n'
    with pytest.raises(ValueError, match=f':3: subject {second!r} is'):
        read_sessions(write(rows))


def test_names_of_several_people_and_accents_in_two_codes(write):
    others = ['s1', 's10', 's100', 's2', 't1', 's0', 's', 's1_2', 's12']
    assert len(set(map(name_key, others))) == len(others)
    names = [unicodedata.normalize(form, 'Zoé') for form in ('NFC', 'NFD')]
    assert names[0] != names[1]
    sessions = read_sessions(
        write(f'x,{names[0]},joy,a.csv,9\ny,{names[1]},joy,b.csv,9\n'))
    assert [s.subject for s in sessions] == [names[0]] * 2


def test_files_that_know_their_duration(sessions_table, tmp_path):
    sessions = read_sessions(sessions_table)
    assert len(sessions) == 48 and describe_empty(sessions) == ''
    file = sessions_table.replace(
        'sessions.csv', f'sessions/{sessions[0].name}/predictions.json')
    known = read_annotations(file).duration
    path = tmp_path / 'table.csv'
    path.write_text(f'{HEADER}x,p,joy,{file},{known:.2f}\n')
    assert read_sessions(str(path))[0].duration == known
    path.write_text(f'{HEADER}x,p,joy,{file},30\n')
    with pytest.raises(
            ValueError, match=f':2: duration is 30, but .*{known:.3f}'):
        read_sessions(str(path))


def test_missing_files(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=':2: .*none.csv'):
        read_sessions(write('x,p,joy,none.csv,9\n'))
    with pytest.raises(FileNotFoundError):
        read_sessions(str(tmp_path / 'none.csv'))


def test_sessions_without_segments():
    empty = Session('x', 'p', 'joy', (), 5.)
    full = Session('y', 'p', 'joy', (Segment(0, 1, 0), ), 5.)
    assert describe_empty([full, empty]) == \
        '1 of 2 sessions have no segment (first: x)'
