# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The csv files of the clips that are prepared, and of those that cannot be.

A row is appended for each clip that is finished; a run that is killed leaves
at worst a last row without an end, which does not count. At the end the rows
are sorted by path, whatever the order in which the clips were finished.
"""
import csv
import io
import os
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from typing import BinaryIO, Dict, Iterable, Optional, Tuple

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes


@dataclass(frozen=True)
class ClipRecord:
    """A prepared clip."""
    path: str  # relative to both roots, with '/'
    frames: int  # as many as in the source
    fps: float  # as in the source
    width: int  # pixels
    height: int
    bytes: int  # size of the file
    sha256: str
    psnr: Optional[float]  # dB against the resized source, if asked for
    source_bytes: int  # size of the source file
    source_mtime_ns: int  # when it was last written

    @property
    def source(self) -> Tuple[int, int]:
        """What tells one version of the source file from another."""
        return self.source_bytes, self.source_mtime_ns


_FIELDS = [field.name for field in fields(ClipRecord)]
_PARSERS = (str, int, float, int, int, int, str, lambda text: float(text)
            if text else None, int, int)


def read_manifest(path: str) -> Dict[str, ClipRecord]:
    """The last row of each path, also of a run that was killed; empty without
    a file. UserError if a row is none, except the last without its line end.
    """
    rows = _read(path)
    header = next(rows, _FIELDS)
    if header != _FIELDS:
        raise UserError(f'{path}:1: expected the columns {",".join(_FIELDS)}, '
                        f'but got {",".join(header)}')
    records = {}
    for row in rows:
        try:
            cells = zip(_PARSERS, row, strict=True)
            record = ClipRecord(*[parse(cell) for parse, cell in cells])
        except ValueError:
            raise UserError(
                f'{path}:{rows.line_num}: expected {",".join(_FIELDS)}, but '
                f'got {",".join(row)}; delete the file to prepare all clips '
                'again') from None
        records[record.path] = record
    return records


def append_record(file: BinaryIO, record: ClipRecord) -> None:
    """Append a row to a file opened with 'ab'; wait until the disk has it."""
    file.write(_format([astuple(record)]))
    file.flush()
    os.fsync(file.fileno())


def write_manifest(path: str, records: Iterable[ClipRecord],
                   scratch: str) -> None:
    """Write a manifest anew, sorted by path."""
    write_bytes(path, _format([_FIELDS, *sorted(map(astuple, records))]),
                scratch)


def read_failures(path: str) -> Dict[str, str]:
    """Which clips an earlier run could not prepare, and what is wrong."""
    rows = list(_read(path))[1:]
    return dict(row for row in rows if len(row) == 2)


def write_failures(path: str, failures: Dict[str, str], scratch: str) -> None:
    """Write which clips could not be prepared; without any, no file."""
    if failures:
        rows = [('path', 'problem'), *sorted(failures.items())]
        write_bytes(path, _format(rows), scratch)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _read(path: str):
    """A csv reader of the lines that have an end."""
    text = ''
    with suppress(FileNotFoundError), \
            open(path, 'rb') as file:
        text = file.read().decode('utf-8', 'surrogateescape')
    return csv.reader(io.StringIO(text[:text.rfind('\n') + 1], newline=''))


def _format(rows: Iterable[Iterable]) -> bytes:
    text = io.StringIO(newline='')
    csv.writer(text, lineterminator='\n').writerows(rows)
    return text.getvalue().encode('utf-8', 'surrogateescape')
