# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.formats import (read_annotations, read_segments_csv,
                                          write_boris, write_elan)
from mmaction_microaction.results import Segment
from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.taxonomy import MA52


@pytest.mark.parametrize(
    'name', ['a.eaf', 'A.XLSX', 'predictions.json', 'segments.csv'])
@pytest.mark.parametrize('own', [False, True])
def test_any_file(make_result, segments, tmp_path, same, name, own, five):
    result, path = make_result(segments), str(tmp_path / name)
    if own:
        segments = [Segment(i / 4, i / 2 + 1, i, .5, five) for i in range(5)]
        result = make_result(segments, taxonomy=five)
    if name == 'a.eaf':
        pytest.importorskip('pympi')
        write_elan(result, path)
    elif name == 'A.XLSX':
        pytest.importorskip('openpyxl')
        write_boris(result, path)
    elif name == 'segments.csv':
        write_segments_csv(result, path)
    else:
        write_json(result, path)
    taxonomy = five if own and name != 'predictions.json' else MA52
    found = read_annotations(path, taxonomy=taxonomy)
    same(found.segments, segments)
    assert found.duration == (10. if name in ('a.eaf',
                                              'predictions.json') else None)


def test_a_table_made_by_hand(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text(
        '\ufeffaction_name,end,start,who\nb1,2,1,me\n'
        'Waving,0.5,0.25,"a,\nb"\n',
        encoding='utf-8')

    assert read_segments_csv(str(path)) == [
        Segment(0.25, 0.5,
                MA52.find('waving').index),
        Segment(1., 2., 9)
    ]


def test_whole_numbers_as_pandas_writes_them(tmp_path):
    """A column with gaps becomes one of floats."""
    path = tmp_path / 'a.csv'
    path.write_text('start,end,action,action_name\n1,2,9.0,\n3,4,,B1\n')
    assert read_segments_csv(str(path)) == [
        Segment(1., 2., 9),
        Segment(3., 4.,
                MA52.find('B1').index)
    ]


@pytest.mark.parametrize('text, error', [
    ('', 'a.csv:1: expected a header with'),
    ('start,action\n', "a.csv:1: .*'start,action'"),
    ('start,end,action\n1,2,52\n', 'line 2: class index of MA-52 must be 0'),
    ('start,end,action\n1,2,9\n\n2,1,9\n', 'line 4: a segment needs 0 <='),
    ('start,end,action\n1,2,9.5\n', 'line 2: action must be a class number'),
    ('start,end,action\n1\n', 'line 2'),
    ('start,end,action\n1,2,3,4\n', 'csv:2: expected 3 cells'),
    ('start,end,action_name\n1,2,winking\n', "line 2: unknown .*'winking'"),
    ('start,end,action\n1,x,9\n', "line 2: .*'x'"),
    ('start,end,action\n1,nan,9\n', 'line 2: a segment needs'),
])
def test_bad_tables(tmp_path, text, error):
    (tmp_path / 'a.csv').write_text(text)
    with pytest.raises(ValueError, match=error):
        read_annotations(str(tmp_path / 'a.csv'))


def test_bad_files(tmp_path):
    with pytest.raises(ValueError, match='expected an ELAN file .* or segm'):
        read_annotations(str(tmp_path / 'a.txt'))
    with pytest.raises(FileNotFoundError):
        read_annotations(str(tmp_path / 'a.csv'))
    for content in (b'\xff\xfe', b'[]', b'{}', b'{"schema"', b'3',
                    b'{"schema": "mmaction-microaction/predictions", '
                    b'"schema_version": "1.0"}'):
        (tmp_path / 'a.json').write_bytes(content)
        with pytest.raises(ValueError, match='a.json') as error:
            read_annotations(str(tmp_path / 'a.json'))
        assert str(error.value).count('a.json') == 1


def test_left_out(tmp_path):
    (tmp_path / 'a.csv').write_text('start,end,action\n1,2,99\n1,2,9\n')
    with pytest.warns(UserWarning, match='left out 1'):
        found = read_annotations(str(tmp_path / 'a.csv'), strict=False)
    assert found.segments == [Segment(1., 2., 9)]
