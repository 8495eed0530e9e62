# Copyright (c) mmaction-microaction contributors. All rights reserved.
import sys
from pathlib import Path

import pytest

from mmaction_microaction.formats import (read_annotations, read_ground_truth,
                                          read_segments_csv, write_boris,
                                          write_elan)
from mmaction_microaction.formats.common import split_unsure
from mmaction_microaction.results import Segment
from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.taxonomy import MA52


@pytest.mark.parametrize('name, write, package, duration', [
    ('a.eaf', write_elan, 'pympi', 10.),
    ('A.XLSX', write_boris, 'openpyxl', None),
    ('predictions.json', write_json, 'json', 10.),
    ('segments.csv', write_segments_csv, 'csv', None),
])
def test_any_file(name, write, package, duration, make_result, five, same,
                  tmp_path, monkeypatch):
    pytest.importorskip(package)
    segments = [Segment(i / 4, i / 2 + 1, i, .5, five) for i in range(5)]
    result, path = make_result(segments, taxonomy=five), str(tmp_path / name)
    write(result, path)
    # A json file has its own label set.
    given = MA52 if package == 'json' else five
    found = read_annotations(path, taxonomy=given)
    same(found.segments, segments)
    assert found[1:3] == (duration, five)
    if package in ('pympi', 'openpyxl'):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ImportError, match=f'{package} is .*export'):
            write(result, path)


@pytest.mark.parametrize('text, expected', [
    ('\ufeffaction_name,end,start,who\nb1,2,1,me\nWaving,0.5,0.25,"a,\nb"\n',
     [(.25, .5, 'waving'), (1, 2, 'nodding')]),
    # Where a column has gaps, pandas writes floats.
    ('start,end,action,action_name\n1,2,9.0,\n3,4,,B1\n',
     [(1, 2, 'nodding'), (3, 4, 'nodding')]),
    ('start,end,action,action_name\n5,6,9,Nodding ?\n',
     [(5, 6, 'nodding')]),
])  # yapf: disable
def test_tables_made_by_hand(text, expected, tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text(text, encoding='utf-8')
    found = read_segments_csv(str(path))
    assert [(s.start, s.end, s.label.name) for s in found] == expected
    assert any(s.unsure for s in found) == ('?' in text)


@pytest.mark.parametrize('spell', [
    lambda action: action.name.title(), lambda action: action.code.lower(),
    lambda action: action.name.replace(' ', '  ')
])
def test_classes_as_people_write_them(spell, tmp_path):
    rows = [f'{a.index},{a.index + 1},{spell(a)}' for a in MA52.labels]
    path = tmp_path / 'a.csv'
    path.write_text('\n'.join(['start,end,action_name', *rows]))
    found = read_segments_csv(str(path))
    assert [s.action for s in found] == list(range(52))


@pytest.mark.parametrize('text, label, comment', [
    ('unsure?', ('', True), ('', True)),
    ('?', ('', True), ('', True)),
    ('nodding', ('nodding', False), ('nodding', False)),
    (' nodding (?)', ('nodding', True), ('nodding (?)', False)),
    ('B1, unsure', ('B1', True), ('B1', True)),
    ('Unsure: who?', ('who', True), ('who?', True)),
    ('so unsure now', ('so unsure now', True), ('so unsure now', True)),
    ('unsurely', ('unsurely', False), ('unsurely', False)),
])
def test_marks_of_doubt(text, label, comment):
    assert split_unsure(text) == label
    assert split_unsure(text, True) == comment


@pytest.mark.parametrize('name, write', [('segments.csv', write_segments_csv),
                                         ('predictions.json', write_json)])
def test_marks_are_kept(name, write, make_result, tmp_path):
    segments = [
        Segment(i, i + 1., 9, unsure=unsure, comment=comment)
        for i, (unsure,
                comment) in enumerate([(True, ''), (False,
                                                    'a, "b"'), (False,
                                                                ''), (True,
                                                                      'c')])
    ]
    write(make_result(segments), str(tmp_path / name))
    assert read_annotations(str(tmp_path / name)).segments == segments


HEADER = 'start,end,action\n'
NAMED = 'start,end,action,action_name\n'


@pytest.mark.parametrize('text, error', [
    ('', 'a.csv:1: expected a header with'),
    ('start,action\n', "a.csv:1: .*'start,action'"),
    ('start,end\n', "action or action_name, .*'start,end'"),
    (HEADER + '1,2,52\n', 'line 2: class index of MA-52 must be 0'),
    (HEADER + '1,2,9\n\n2,1,9\n', 'line 4: a segment needs 0 <='),
    ('start,end,action,score\n1,2,9,87\n', 'line 2: a score must be 0 to 1'),
    (HEADER + '1,2,9.5\n', 'line 2: action must be a class number'),
    (HEADER + '1\n', 'line 2'),
    (HEADER + '1,2,3,4\n', 'csv:2: expected 3 cells'),
    (HEADER + '1,x,9\n', "line 2: .*'x'"),
    (HEADER + '1,nan,9\n', 'line 2: a segment needs'),
    ('start,end,action_name\n1,2,winking\n', "line 2: unknown .*'winking'"),
    ('start,end,action_name\n1,2,9\n', "line 2: unknown .*'9'"),
    (NAMED + '1,2,9,shaking head\n',
     "line 2: action 9 is nodding, but action_name is 'shaking head'"),
    (NAMED + '1,2,9,winking\n', "line 2: unknown .*'winking'"),
])
def test_bad_tables(tmp_path, text, error):
    (tmp_path / 'a.csv').write_text(text)
    with pytest.raises(ValueError, match=error):
        read_annotations(str(tmp_path / 'a.csv'))


def test_what_cannot_be_read_is_left_out(tmp_path):
    (tmp_path / 'a.csv').write_text(HEADER + '1,2,99\n' * 12 + '1,2,9\n')
    path = str(tmp_path / 'a.csv')
    many = ' 12 entries(.|\n)*line 11(.|\n)*and 2 more'
    with pytest.raises(ValueError, match=f'a.csv:{many}'):
        read_annotations(path)
    with pytest.warns(UserWarning, match=f'omitted{many}'):
        found = read_annotations(path, strict=False)
    assert found.segments == [Segment(1., 2., 9)]


@pytest.mark.parametrize('ending', ['vtt', 'eaf'])
def test_a_part_of_what_has_none(ending, tmp_path):
    (tmp_path / f'a.{ending}').touch()
    with pytest.raises(ValueError, match='have no named parts'):
        read_annotations(tmp_path / f'a.{ending}#b')


def test_bad_files(tmp_path):
    with pytest.raises(ValueError, match='expected a file of ELAN .* or segm'):
        read_annotations(str(tmp_path / 'a.txt'))
    with pytest.raises(FileNotFoundError):
        read_annotations(str(tmp_path / 'a.csv'))
    for content in (b'\xff\xfe', b'[]', b'{}', b'{"schema"', b'3',
                    b'[' * 100000, b'{"a":' * 100000,
                    b'{"schema": "mmaction-microaction/predictions", '
                    b'"schema_version": "1.0"}'):
        (tmp_path / 'a.json').write_bytes(content)
        with pytest.raises(ValueError, match='a.json') as error:
            read_annotations(str(tmp_path / 'a.json'))
        assert str(error.value).count('a.json') == 1


def test_truth_of_files_and_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = ('day.vtt', 's1/day/x.csv', 's2/day/x.vtt', 's2/day/y#1.csv',
             'anna/segments.csv')
    for number, file in enumerate(files):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(
            f'start,end,action\n1,2,{number}\n' if file.endswith('csv') else
            f'WEBVTT\n\n00:01.000 --> 00:02.000\n{MA52.names[number]}\n')
    names = ['day', 's1/day/x', 's2/day/x', 'y#1', 'anna']
    assert read_ground_truth('.') == {
        name: [Segment(1., 2., number)]
        for number, name in enumerate(names)
    }
    for number, file in enumerate(files):
        name = names[number].split('/')[-1]
        assert read_ground_truth(file) == {name: [Segment(1., 2., number)]}
    Path('s1/day/x.vtt').write_text('WEBVTT')
    with pytest.raises(ValueError, match='have the same name'):
        read_ground_truth('.')
