# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Rows of a challenge file: CSV, zip or OpenTAD's JSON."""
import csv
import io
import lzma
import os.path as osp
import re
import zipfile
import zlib
from typing import Iterator, List, Tuple

from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.limits import parse_json, read_limited

DETECTION_HEADER = ['', 'video_id', 't_start', 't_end', 'class', 'score']
CSV_NAME = 'prediction.csv'
_PARTS = b'\n\r{'  # rows, entries of OpenTAD's
_ADDED = re.compile(r'^__MACOSX/|(^|/)\.[^/]*$|/$|(Thumbs\.db|desktop\.ini)$')


def read_rows(path: str) -> Tuple[List[str], List[Tuple[int, List[str]]]]:
    """Header, and line and cells of each non-empty row, of ``prediction.csv``,
    a zip file that holds only this, or OpenTAD's JSON (lines are counted)."""
    text = _read_text(path)
    if text.lstrip().startswith('{'):
        return DETECTION_HEADER, list(enumerate(_json_rows(path, text), 1))
    rows = csv.reader(io.StringIO(text, newline=''))
    try:
        header = next(rows, [])
        return header, [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise UserError(f'{path}:{rows.line_num}: {error}') from error


def _json_rows(path: str, text: str) -> Iterator[List[str]]:
    try:
        for video_id, found in parse_json(text)['results'].items():
            for row in found:
                values = *row['segment'], row['label'], row['score']
                yield ['', video_id, *map(str, values)]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(
            f'{path}: expected a json {{"results": {{video_id: [{{"label": '
            '..., "segment": [start, end], "score": ...}, ...]}} of OpenTAD, '
            f'but got {error!r}') from error


def _read_text(path: str) -> str:
    """The text of a submission, without a byte order mark."""
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    data = None
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                # What macOS and Windows add is not the user's.
                own = [x for x in names if not _ADDED.search(x)]
                if len(own) != 1 or own[0].split('/')[-1] != CSV_NAME \
                        or own[0].count('/') > 1:
                    raise UserError(f'{path} must contain only {CSV_NAME}, '
                                    f'but contains {first_of(names)}')
                with archive.open(own[0]) as file:
                    data = read_limited(file, _PARTS, path)
    except (RuntimeError, OSError, EOFError, zipfile.BadZipFile, zlib.error,
            lzma.LZMAError) as error:
        raise UserError(f'{path}: expected a zip file, but got '
                        f'{error!r}') from error
    if data is None:
        data = read_limited(path, _PARTS)
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise UserError(f'{path} is neither a zip file nor UTF-8 text '
                        f'({error})') from error
