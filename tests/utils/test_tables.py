# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import io
import sys
import warnings

import pytest

from mmaction_microaction.utils.errors import (UserError, first_of,
                                               raise_for_problems)
from mmaction_microaction.utils.tables import read_table


def read(path, text, **kwargs):
    path.write_bytes(text.encode())
    return read_table(str(path), **kwargs)


def test_text_by_line(tmp_path):
    # A byte order mark, two kinds of line ends, blanks, an empty line, a cell
    # of two lines and one that other readers take for a missing value.
    table = read(
        tmp_path / 'a.csv', '\ufeff,id, name\r\n0,007,a\r\n\r\n'
        '1,"x\ny", 1.0 \n2,NA\n3,,end',
        required=['id', 'name'])
    assert table.to_dict('index') == {
        2: dict(id='007', name='a'),
        4: dict(id='x\ny', name='1.0'),
        6: dict(id='NA', name=''),
        7: dict(id='', name='end'),
    }
    assert read(tmp_path / 'a.tsv', 'a\tb\n1,5\t2\n').loc[2, 'a'] == '1.5'
    raw = read(tmp_path / 'a.csv', 'a,b\r x,"NA"\r', strip=False)
    assert raw.to_dict('index') == {2: dict(a=' x', b='NA')}
    table = read(tmp_path / 'a.csv', 'a text\n\n1,2,3\n', header=False)
    assert table.to_dict('index') == {
        1: {0: 'a text', 1: '', 2: ''},
        3: {0: '1', 1: '2', 2: '3'}
    }  # yapf: disable


@pytest.mark.parametrize('text', [
    'a,b,c,d,e\n1,2,"x\ny",3,4\n', '1,2,"x\ny",3,4\n', '"a\n",b,"c\n",d\n',
    'a,5" wide,c\n1,2,3\n'
])
def test_quoted_cells_over_several_lines(tmp_path, text):
    path = tmp_path / 'a.csv'
    path.write_text(text)
    wanted = [x for x in csv.reader(io.StringIO(text, newline=''))]
    found = read_table(str(path), header=False, strip=False)
    found = [[x for x in row] for row in found.to_numpy().tolist()]
    width = max(map(len, wanted))
    assert [row[:width] for row in found] == wanted
    assert not any(any(row[width:]) for row in found)


def test_workbook(tmp_path, monkeypatch):
    openpyxl = pytest.importorskip('openpyxl')
    book = openpyxl.Workbook()
    for place, value in dict(B1='id', C1='x', B3=12., C3=.5, B4='NA').items():
        book.active[place] = value
    path = str(tmp_path / 'a.xlsx')
    book.save(path)
    assert read_table(path, ['id']).to_dict('index') == {
        3: dict(id='12', x='0.5'),
        4: dict(id='NA', x='')
    }
    book.create_sheet('notes')  # empty ones are nothing that is left out
    book.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        read_table(path)
    book.create_sheet('more')['A1'] = 'id'
    book.save(path)
    with pytest.warns(UserWarning, match="only the sheet 'Sheet', not 'more'"):
        read_table(path)
    monkeypatch.setitem(sys.modules, 'openpyxl', None)
    with pytest.raises(ModuleNotFoundError, match=r'\[export\]'):
        read_table(path)


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('a.csv', '',
         ':1: expected a header with the columns a, each once, but'),
        ('a.csv', 'b\n1', "a, each once, but got 'b'"),
        ('a.csv', 'a,c,c\n', "each once, but got 'a,c,c'"),
        ('a.csv', 'a,b\n1\n\n1,2,3\n',
         ":4: expected 2 cells, .* got more: '1,2"),
        ('a.csv', 'a\n"1\n',
         ': expected a table, but got: .*EOF inside string'),
        ('a.csv', 'a\n\x81', ': expected a table in UTF-8'),
        ('a.xlsx', 'id', ': expected a workbook'),
        # What begins files of old Excel, and of new ones with a password.
        ('a.xls', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + '\0' * 504,
         'pip install python-calamine|: expected a workbook'),
    ])
def test_errors_name_file_and_line(tmp_path, name, content, message):
    path = tmp_path / name
    with pytest.raises(FileNotFoundError, match=name):
        read_table(str(path))
    path.write_bytes(content.encode('latin1'))
    with pytest.raises(UserError, match=f'{name}.*{message}'):
        read_table(str(path), ['a'])


def test_lists_of_problems():
    assert first_of(['x'] * 2, 2) == ['x'] * 2
    raise_for_problems([])
    with pytest.raises(UserError, match=r'^(x\n){10}\.\.\. and 2 more$'):
        raise_for_problems(['x'] * 12)
