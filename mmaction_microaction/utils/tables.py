# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tables of users, read as text with file and line in errors; workbooks."""
import contextlib
import io
import os.path as osp
import re
import warnings
import zipfile
from typing import (TYPE_CHECKING, Any, BinaryIO, Dict, Iterable, Optional,
                    Sequence)
from xml.etree import ElementTree
from xml.parsers import expat

from .errors import UserError, import_extra
from .limits import check_parts, check_unpacked, read_limited

if TYPE_CHECKING:  # it takes half a second to import
    import pandas as pd

_AS_TEXT = dict(header=None, dtype=str, keep_default_na=False)
#: Endings of workbooks.
WORKBOOKS = ('.xlsx', '.xls', '.ods')
_MOST_COLUMNS, _MOST_ROWS = 16384, 2**20  # of a spreadsheet
# What a spreadsheet takes for a formula, after any marks of ours.
_FORMULA = r"('*[=+\-@\t\r\n])"
_IS_FORMULA = re.compile(rf'{_FORMULA}(?!\.?\d[\d.]*(e[+-]?\d+)?$)')


def read_table(path: str,
               required: Sequence[str] = (),
               header: bool = True,
               strip: bool = True) -> 'pd.DataFrame':
    """Read a table as text, without guesses at numbers, dates or 'NA'.

    Text may be UTF-8, UTF-16 or (with a warning) Windows-1252, separated by
    tabs (``.tsv``) or by the most frequent of comma, semicolon and tab in the
    first line; unless it is the comma, ``1,5`` becomes ``1.5``.

    Args:
        path (str): Text, or a workbook (its first sheet).
        required (Sequence[str]): Columns that must exist.
        header (bool): Whether the first row names the columns (else they
            are 0, 1 and so on).
        strip (bool): Strip whitespace from cells.

    Returns:
        pd.DataFrame: Strings; the index is the line in the file, from 1. Empty
        cells are '', empty rows are dropped.
    """
    sheets = read_sheets(path, strip)
    name, table = next(iter(sheets.items()))
    left = [x for x, other in sheets.items() if x != name and len(other)]
    if left:
        warnings.warn(f'{path}: read only the sheet {name!r}, not '
                      f'{", ".join(map(repr, left))}')
    return _name_columns(path, table, list(required)) if header else table


def read_sheets(path: str, strip: bool = True) -> Dict[str, 'pd.DataFrame']:
    """All sheets of a workbook, as :func:`read_table` without a header; other
    tables are a single sheet named ''."""
    is_workbook = path.lower().endswith(WORKBOOKS)
    sheets = _read_workbook(path) if is_workbook else {'': _read_text(path)}
    for name, table in sheets.items():
        table = table.fillna('').astype(str)
        if strip:
            table = table.apply(lambda column: column.str.strip())
        table = table.replace(f"^'{_FORMULA}", r'\1', regex=True)
        sheets[name] = table[(table != '').any(axis=1)]
    return sheets


def plain_text(cell: Any) -> Any:
    """A cell for a file that may be opened in a spreadsheet: a text that would
    be a formula gets a ``'``, which :func:`read_table` takes away."""
    is_formula = isinstance(cell, str) and _IS_FORMULA.match(cell)
    return f"'{cell}" if is_formula else cell


def plain_table(table: 'pd.DataFrame') -> 'pd.DataFrame':
    """A table of :func:`plain_text`, in its names, too."""
    return table.map(plain_text).rename(index=plain_text, columns=plain_text)


def row_error(path: str, line: int, text: object) -> UserError:
    """``<file>:<line>: <what is wrong>``."""
    return UserError(f'{path}:{line}: {text}')


def whole_number(value: object, what: str, limit: Optional[int] = None) -> int:
    """Parse an integer from 0 to ``limit`` - 1; errors name ``what``. '12.0'
    is accepted (pandas, columns with gaps), but not '1_0' or '+3'."""
    text = str(value)
    if re.fullmatch(r'[0-9]+(\.0*)?', text):
        number = int(text.partition('.')[0])
        if limit is None or number < limit:
            return number
    span = 'of at least 0' if limit is None else f'from 0 to {limit - 1}'
    raise UserError(f'{what} must be an integer {span}, but got {value!r}')


def workbook(title: str, rows: Iterable[Sequence[object]]) -> bytes:
    """An .xlsx file with one sheet and no formulas."""
    openpyxl = import_extra('openpyxl', 'workbooks (.xlsx)')
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for values in rows:
        try:  # BORIS's way to say none is an empty cell, too
            sheet.append([None if x == '' else x for x in values])
        except openpyxl.utils.exceptions.IllegalCharacterError:
            raise UserError('a workbook has no control characters, but got '
                            f'{values}') from None
    # Every column as wide as its longest text, and the header kept in sight.
    sheet.freeze_panes = 'A2'
    for cells in sheet.columns:
        width = max(len(str(cell.value or '')) for cell in cells)
        sheet.column_dimensions[cells[0].column_letter].width = width + 2
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = 's'
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _read_workbook(path: str) -> Dict[str, 'pd.DataFrame']:
    import pandas as pd
    import_extra('openpyxl', 'workbooks (.xlsx)')
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    try:
        _check_workbook(path)
        try:
            sheets = pd.read_excel(path, sheet_name=None, **_AS_TEXT)
        except ImportError:  # of what pandas takes for other forms
            sheets = pd.read_excel(
                path, sheet_name=None, engine='calamine', **_AS_TEXT)
    except ImportError as error:  # what is inside counts, not the name
        raise UserError(
            f'{path} is a workbook of another format (.xls, .ods), or has a '
            'password; save it as .xlsx, or pip install python-calamine'
        ) from error
    except UserError:
        raise
    except Exception as error:  # of zip, of XML or of a missing part
        raise UserError(f'{path}: expected a workbook (.xlsx), but got '
                        f'{error!r}') from error
    return {
        name: table.set_axis(table.index + 1)
        for name, table in sheets.items()
    }


def _check_workbook(path: str) -> None:
    """UserError for a workbook that unpacks to too much, or has cells so far
    apart that the empty ones between them, which are read, are too many."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        check_unpacked(path, archive)
        if 'content.xml' in archive.namelist():
            with archive.open('content.xml') as file:
                check_parts(path, _extent(file))
            return
        for name in archive.namelist():
            with archive.open(name) as file:
                if (last := _last_row(file)) > _MOST_ROWS:
                    raise UserError(f'{path}: expected a workbook, but got a '
                                    f'row {last}')
    openpyxl = import_extra('openpyxl', 'workbooks (.xlsx)')
    # Opened, as openpyxl judges a path by its ending.
    with open(path, 'rb') as file, contextlib.closing(
            openpyxl.load_workbook(file, read_only=True,
                                   keep_links=False)) as book:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            last = width = 0
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                used = [i for i, x in enumerate(row, 1) if x is not None]
                if used:
                    last, width = number, max(width, used[-1])
                    check_parts(path, last * width)


def _last_row(file: BinaryIO) -> int:
    """The largest number of a row in a part of an .xlsx file; openpyxl makes
    all that are not there."""
    last = 0

    def start(tag: str, attributes: Dict[str, str]) -> None:
        nonlocal last
        if tag.endswith('row'):
            last = max(last, int(attributes.get('r', 0)))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with contextlib.suppress(expat.ExpatError):  # a picture, or damaged
        parser.ParseFile(file)
    return last


def _extent(file: BinaryIO) -> int:
    """Rows times columns of the sheets of an .ods file, without empty ones at
    the end."""
    most = row = last = column = used = width = 0
    for _, item in ElementTree.iterparse(file):
        tag = item.tag.rpartition('}')[2]
        count = int(
            next((y for x, y in item.items() if x.endswith('-repeated')), 1))
        if tag in ('table-cell', 'covered-table-cell'):
            column += count
            used = column if len(item) else used
        elif tag == 'table-row':
            row += count
            last, width = row if used else last, max(width, used)
            column = used = 0
        elif tag == 'table':
            most, row, last, width = max(most, last * width), 0, 0, 0
        if tag in ('table-row', 'table'):
            item.clear()
    return most


def _decode(path: str) -> str:
    data = read_limited(path, b'\n\r')
    if data.startswith((b'\xff\xfe', b'\xfe\xff')):
        return data.decode('utf-16', 'replace')
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        try:  # what a spreadsheet in Western Europe saves
            text = data.decode('cp1252')
        except UnicodeDecodeError:
            raise UserError(
                f'{path}: expected a table in UTF-8 ({error})') from error
    warnings.warn(f'{path}: read as Windows-1252, as it is not UTF-8')
    return text


def _read_text(path: str) -> 'pd.DataFrame':
    import pandas as pd
    text = _decode(path)
    first = re.sub('"[^"]*"', '', text.lstrip()).partition('\n')[0]
    is_tsv = path.lower().endswith('.tsv')
    separator = '\t' if is_tsv else max(',;\t', key=first.count)
    # No row has more cells; pandas wants to know before it reads one. Quoted
    # cells can go over lines, or quotes be none.
    lines = text.replace('\r', '\n').split('\n')
    rows = re.sub('"[^"]*"', '', text).replace('\r', '\n').split('\n')
    width = max(x.count(separator) for x in (*lines, *rows)) + 1
    check_parts(path, len(lines) * width)
    if width > _MOST_COLUMNS:
        raise UserError(f'{path}: expected a table, but got {width} columns')
    try:
        table = pd.read_csv(
            io.StringIO(text, newline=''),
            sep=separator,
            names=range(width),
            index_col=False,
            skip_blank_lines=False,
            **_AS_TEXT)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(
            f'{path}: expected a table, but got: {error}') from error
    if separator != ',':  # where the comma is the decimal sign
        table = table.replace(r'^\s*(-?\d+),(\d+)\s*$', r'\1.\2', regex=True)
    # A quoted cell may go over several lines; a row counts by its first.
    ends = table.fillna('').apply(lambda column: column.str.count('\n')).sum(
        axis=1) + 1
    return table.set_axis(ends.cumsum() - ends + 1)


def _name_columns(path: str, table: 'pd.DataFrame',
                  required: Sequence[str]) -> 'pd.DataFrame':
    names = [x.strip() for x in table.iloc[0]] if len(table) else []
    while names and not names[-1]:
        names.pop()
    found = [x for x in names if x]
    if set(required) - set(found) or len(set(found)) < len(found):
        raise UserError(f'{path}:1: expected a header with the columns '
                        f'{", ".join(required) or "that it has"}, each once, '
                        f'but got {",".join(names)!r}')
    table = table.iloc[1:]
    longer = table[(table.iloc[:, len(names):] != '').any(axis=1)]
    for line, cells in longer.iterrows():
        raise row_error(
            path, line, f'expected {len(names)} cells, as in the header, but '
            f'got more: {",".join(cells).rstrip(",")!r}')
    return table.iloc[:, :len(names)].set_axis(names, axis=1)[found]
