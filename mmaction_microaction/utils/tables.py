# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tables that people bring: text in, errors that name file and line out."""
import io
import os.path as osp
from typing import TYPE_CHECKING, Dict, Sequence

from .errors import UserError, import_extra

if TYPE_CHECKING:  # it takes half a second to import
    import pandas as pd

_AS_TEXT = dict(header=None, dtype=str, keep_default_na=False)


def read_table(path: str,
               required: Sequence[str] = (),
               header: bool = True,
               strip: bool = True) -> 'pd.DataFrame':
    """Read a table as text: no number, date or 'NA' is guessed at.

    ``.xlsx``, ``.xls`` (their first sheet), ``.tsv``, or else comma-separated
    text in UTF-8. The index is the line in the file, from 1; empty cells are
    '', empty rows left out. ``header``: the first row names the columns, the
    ``required`` among them; if not, they are 0, 1, ...
    """
    table = next(iter(read_sheets(path, strip).values()))
    return _name_columns(path, table, list(required)) if header else table


def read_sheets(path: str, strip: bool = True) -> Dict[str, 'pd.DataFrame']:
    """Every sheet of a workbook, as :func:`read_table` gives one without a
    header; of any other table one by the name ''."""
    is_workbook = path.lower().endswith(('.xlsx', '.xls'))
    sheets = _read_workbook(path) if is_workbook else {'': _read_text(path)}
    for name, table in sheets.items():
        table = table.fillna('').astype(str)
        if strip:
            table = table.apply(lambda column: column.str.strip())
        sheets[name] = table[(table != '').any(axis=1)]
    return sheets


def row_error(path: str, line: int, text: object) -> UserError:
    """``<file>:<line>: <what is wrong>``."""
    return UserError(f'{path}:{line}: {text}')


def _read_workbook(path: str) -> Dict[str, 'pd.DataFrame']:
    import pandas as pd
    import_extra('openpyxl', 'workbooks (.xlsx)')
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    try:
        sheets = pd.read_excel(path, sheet_name=None, **_AS_TEXT)
    except ImportError as error:  # what is inside counts, not the name
        raise UserError(
            f'{path} is a workbook in the old form (.xls), or has a password; '
            'save it as .xlsx, or pip install xlrd') from error
    except Exception as error:  # of zip, of XML or of a missing part
        raise UserError(f'{path}: expected a workbook (.xlsx), but it cannot '
                        f'be read ({error!r})') from error
    return {
        name: table.set_axis(table.index + 1)
        for name, table in sheets.items()
    }


def _read_text(path: str) -> 'pd.DataFrame':
    import pandas as pd
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise UserError(
            f'{path}: expected a table in UTF-8 ({error})') from error
    separator = '\t' if path.lower().endswith('.tsv') else ','
    # No row has more cells; pandas wants to know before it reads one.
    lines = text.replace('\r', '\n').split('\n')
    width = max(x.count(separator) for x in lines) + 1
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
