# Copyright (c) mmaction-microaction contributors. All rights reserved.
import dataclasses
import datetime

import pytest

from mmaction_microaction.formats import (read_boris, write_boris,
                                          write_boris_ethogram)
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52

openpyxl = pytest.importorskip('openpyxl')
HEADER = ('time', 'subject', 'code', 'modifier', 'comment')
# By BORIS 8: columns of no interest among those that are read.
TABULAR = ('Observation id', 'Observation date', 'Subject', 'Behavior',
           'Modifier #1', 'Behavior type', 'Time', 'Comment')
AGGREGATED = ('Subject', 'Behavior', 'Behavior type', 'Start (s)', 'Stop (s)',
              'Comment start', 'Comment stop')


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'a.xlsx')


def rows_of(path):
    """All cells of the first sheet, '' for empty ones."""
    rows = openpyxl.load_workbook(path).worksheets[0].values
    return [tuple('' if cell is None else cell for cell in r) for r in rows]


def save(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_pairs_in_five_columns(make_result, segments, path):
    write_boris(make_result(segments), path)
    header, *rows = rows_of(path)
    assert header == HEADER and len(rows) == 2 * len(segments)
    assert rows[0] == (0, '', 'nodding', '', 'START, score 0.7500')
    assert [row for row in rows if row[3]] == [
        (0.75, '', 'nodding', 'overlap 2', 'START, score 0.2500'),
        (1., '', 'nodding', 'overlap 2', 'END')]  # yapf: disable
    write_boris(make_result([]), path)
    assert rows_of(path) == [HEADER] and read_boris(path) == []


def test_names_are_no_formulas(path, five):
    names = dataclasses.replace(five, names=('=1+1', *five.names[1:]))
    write_boris_ethogram(path, names)
    assert openpyxl.load_workbook(path).active['A2'].data_type == 's'
    bell = dataclasses.replace(five, names=('a\x07', *five.names[1:]))
    with pytest.raises(ValueError, match=r"control characters.*'a\\x07'"):
        write_boris_ethogram(path, bell)


@pytest.mark.parametrize('seed', range(3))
def test_round_trip(make_result, random_segments, path, same, seed):
    segments = random_segments(seed, 200)
    segments += [Segment(i / 10, i / 10 + .1, 9, i / 8) for i in range(8)]
    write_boris(make_result(segments), path)
    header, *rows = rows_of(path)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    # START or STOP as BORIS tells it: by counting the earlier events of the
    # same subject, code and modifier.
    for i, row in enumerate(rows):
        before = sum(other[1:4] == row[1:4] for other in rows[:i])
        assert row[4].startswith('END' if before % 2 else 'START')
    same(read_boris(path), segments)
    save(path, [header, *sorted(rows)])  # as it sorts, by all five columns
    same(read_boris(path), segments)


def test_ethogram(path, five):
    """The six columns that BORIS asks for, with their case."""
    header = ('Behavior code', 'Behavior type', 'Description', 'Key',
              'Behavioral category', 'Excluded behaviors')
    for taxonomy in (MA52, five):
        write_boris_ethogram(path, taxonomy)
        assert rows_of(path) == [
            header, *((a.name, 'State event', a.code, '', a.group_name, '')
                      for a in taxonomy.labels)
        ]


def nod(time, comment='', code='nodding'):
    return time, '', code, '', comment


def tabular(subject, *others):
    return 'obs1', '2024-01-01', subject, 'nodding', *others


@pytest.mark.parametrize('rows, expected', [
    # Two subjects, a modifier, text for a number.
    ([
        TABULAR,
        tabular('anna', '', 'START', 1., 'START, score 0.5'),
        tabular('ben', '', 'START', '1.5'),
        tabular('anna', 'fast', 'START', 1.75),
        tabular('anna', '', 'STOP', 2.),
        tabular('ben', '', 'STOP', 2.5),
        tabular('anna', 'fast', 'STOP', 1.8),
    ], [(1., 2., 0.5), (1.5, 2.5, 1.), (1.75, 1.8, 1.)]),
    # By BORIS 7: lines about the observation first.
    ([
        ['Observation id', 'obs1'],
        [],
        ['Time', 'Media path', 'Subject', 'Behavior', 'Comment', 'Status'],
        ['00:01:00.500', 'a.mp4', None, 'B1', None, 'START'],
        [61, 'a.mp4', None, 'B1', None, 'STOP'],
    ], [(60.5, 61., 1.)]),
    # Times that Excel has made of texts, comments of people.
    ([HEADER, nod(datetime.time(0, 0, 1, 500000), 'pointing at door'),
      nod(2, None), nod(3, 'stops talking here'), nod(4, 'stopped'),
      nod(5, 'starts to laugh'),
      nod(datetime.timedelta(days=1, seconds=2), 'started again')],
     [(1.5, 2., 1.), (3., 4., 1.), (5., 86402., 1.)]),
    ([AGGREGATED, ['anna', 'Nodding', 'STATE', 1., 2., 'score 0.25', ''],
      ['anna', 'nodding', 'STATE', 1.5, 3., '', '']],
     [(1., 2., 0.25), (1.5, 3., 1.)]),
    # As a person types the five columns, in their own order.
    ([['Code', 'TIME', 'subject', 'modifier', 'comment'],
      ['b1', 4, 'x', '', 'nice'],
      ['b1', 2, 'x', None, 'started early']], [(2., 4., 1.)]),
])  # yapf: disable
def test_forms(path, rows, expected):
    save(path, rows)
    found = read_boris(path)
    assert [(s.start, s.end, s.score) for s in found] == expected
    assert {s.label.name for s in found} == {'nodding'}


@pytest.mark.parametrize('rows, text', [
    ([nod(1, code='winking'), nod(2, code='winking')],
     "row 2, 1.000 s: 'winking' is not a micro-action"),
    ([nod(1)], "row 2, 1.000 s: 'nodding' has no stop"),
    ([nod(1, 'START'), nod(2, 'START'), nod(3, 'STOP')],
     "row 2, 1.000 s: 'nodding' has no stop"),
    ([nod(1, 'STOP')], 'row 2, .* stops without a start'),
    ([nod(1), nod(1)], 'has no length'),
    ([nod(1, code='g4'), nod(2, code='G4')], '2 entries'),  # two to BORIS
    ([nod(-1), nod(1)], 'row 2, -1.000 s: .* before the video starts'),
    ([nod('soon')], "row 2: time must .* 'soon'"),
    ([nod(float('inf'))], 'time must'),
    ([nod(1, 'POINT')], 'has no stop'),
])  # yapf: disable
def test_rows_that_cannot_be_read(path, rows, text):
    save(path, [HEADER, *rows, (), (7, '', 'waving'), (8, '', 'waving')])
    with pytest.raises(ValueError, match=text):
        read_boris(path)
    with pytest.warns(UserWarning, match=text):
        found = read_boris(path, strict=False)
    assert found[-1] == Segment(7., 8., MA52.find('waving').index)


@pytest.mark.parametrize('rows, text', [
    ([()], 'expected the columns time, sub'),
    ([HEADER[:2]], 'expected the columns time, sub'),
    ([('Stop (s)', 'Behavior')], 'expected the columns time, sub'),
    ([HEADER + ('Observation id', ), (*nod(1), 'a'),
      (*nod(2), 'b')], 'one observation, but it has 2'),
    ([TABULAR, tabular('anna', '', 'POINT', 1.)], "row 2: .* a point event"),
])
def test_other_workbooks(path, rows, text):
    save(path, rows)
    with pytest.raises(ValueError, match=text):
        read_boris(path)


def test_other_files(make_result, tmp_path, path):
    for work in (write_boris_ethogram,
                 lambda path: write_boris(make_result([]), path)):
        with pytest.raises(ValueError, match='.xlsx.*imports no CSV'):
            work(str(tmp_path / 'a.csv'))
    with pytest.raises(FileNotFoundError):
        read_boris(path)
    for content in (b'', b'time,subject\n', b'PK\x03\x04'):
        (tmp_path / 'a.xlsx').write_bytes(content)
        with pytest.raises(ValueError, match='expected a workbook'):
            read_boris(path)
