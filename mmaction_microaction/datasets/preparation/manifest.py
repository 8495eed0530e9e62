# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The list of the clips that are prepared, a csv file.

While clips are being prepared, a row is appended for each that is finished;
a run that is killed leaves at worst a last row without an end, which does not
count. At the end the rows are sorted by path, so the file does not depend on
the order in which the clips were finished. Another such file lists the clips
that could not be prepared.
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
    """A prepared clip.

    Attributes:
        path (str): Relative to both roots, with ``/``.
        frames (int): Number of frames, the same as in the source.
        fps (float): Frames per second, the same as in the source.
        width (int): Pixels; likewise ``height``.
        bytes (int): Size of the file.
        sha256 (str): Its checksum.
        psnr (float, optional): Peak signal-to-noise ratio in dB against the
            resized source, where it was asked for.
        source_bytes (int): Size of the source file.
        source_mtime_ns (int): When it was last written, nanoseconds.
    """
    path: str
    frames: int
    fps: float
    width: int
    height: int
    bytes: int
    sha256: str
    psnr: Optional[float]
    source_bytes: int
    source_mtime_ns: int

    @property
    def source(self) -> Tuple[int, int]:
        """What tells one version of the source file from another."""
        return self.source_bytes, self.source_mtime_ns


_FIELDS = [field.name for field in fields(ClipRecord)]
_FAILURE_FIELDS = ['path', 'problem']


def read_manifest(path: str) -> Dict[str, ClipRecord]:
    """Read a manifest, of a run that may have been killed.

    Returns:
        dict[str, ClipRecord]: The last row of each path; empty if there is no
        file.

    Raises:
        UserError: If a row is none, except the last without its line end.
    """
    rows = _read(path)
    header = next(rows, _FIELDS)
    if header != _FIELDS:
        raise UserError(f'{path}:1: expected the columns {",".join(_FIELDS)}, '
                        f'but got {",".join(header)}')
    records = {}
    for row in rows:
        try:
            record = _parse(*row)
        except (TypeError, ValueError):
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
    return dict(row for row in rows if len(row) == len(_FAILURE_FIELDS))


def write_failures(path: str, failures: Dict[str, str], scratch: str) -> None:
    """Write which clips could not be prepared; without any, no file."""
    if failures:
        rows = [_FAILURE_FIELDS, *sorted(failures.items())]
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


def _parse(path, frames, fps, width, height, size, sha256, psnr, source_bytes,
           source_mtime_ns) -> ClipRecord:
    return ClipRecord(path, int(frames), float(fps), int(width), int(height),
                      int(size), sha256,
                      float(psnr) if psnr else None, int(source_bytes),
                      int(source_mtime_ns))
