# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The list of the clips that are prepared, a csv file.

While clips are being prepared, a row is appended for each that is finished;
a run that is killed leaves at worst a last row without an end, which does not
count. At the end the rows are sorted by path, so the file does not depend on
the order in which the clips were finished.

Another such file lists the clips that could not be prepared.
"""
import csv
import io
import os
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from typing import Dict, Iterable, Optional, Tuple

from mmaction_microaction.utils.errors import UserError
from .files import append_durably, write_atomically


@dataclass(frozen=True)
class ClipRecord:
    """A prepared clip.

    Attributes:
        path (str): Relative to both roots, with ``/``.
        frames (int): Number of frames, the same as in the source.
        fps (float): Frames per second, the same as in the source.
        width (int): Width in pixels.
        height (int): Height in pixels.
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


_FIELDS = tuple(field.name for field in fields(ClipRecord))
_FAILURE_FIELDS = ('path', 'problem')


def read_manifest(path: str) -> Dict[str, ClipRecord]:
    """Read a manifest, of a run that may have been killed.

    Args:
        path (str): The file.

    Returns:
        dict[str, ClipRecord]: The last row of each path; empty if there is no
        file.

    Raises:
        ValueError: If a row is none, except the last without its line end.
    """
    try:
        with open(
                path, encoding='utf-8', errors='surrogateescape',
                newline='') as file:
            whole = file.read().rpartition('\n')[0]
    except FileNotFoundError:
        return {}
    rows = csv.reader(io.StringIO(whole, newline=''))
    header = next(rows, list(_FIELDS))
    if header != list(_FIELDS):
        raise UserError(f'{path}:1: expected the columns '
                        f'{",".join(_FIELDS)}, but got {",".join(header)}')
    records = {}
    for row in rows:
        try:
            record = _parse(row)
        except (TypeError, ValueError):
            raise UserError(
                f'{path}:{rows.line_num}: expected '
                f'{",".join(_FIELDS)}, but got {",".join(row)}; '
                'delete the file to prepare all clips again') from None
        records[record.path] = record
    return records


def append_record(file, record: ClipRecord) -> None:
    """Append a row and wait until the disk has it.

    Args:
        file (BinaryIO): The manifest, opened with ``'ab'``.
        record (ClipRecord): The clip.

    Raises:
        OSError: If the disk is full, or cannot be written.
    """
    append_durably(file, _format([astuple(record)]))


def write_manifest(path: str, records: Iterable[ClipRecord],
                   scratch: str) -> None:
    """Write a manifest anew, sorted by path.

    Args:
        path (str): The file.
        records (Iterable[ClipRecord]): Its clips.
        scratch (str): Folder for the unfinished file.

    Raises:
        OSError: If the disk is full, or cannot be written.
    """
    rows = sorted(map(astuple, records))
    write_atomically(path, _format([_FIELDS, *rows]), scratch)


def read_failures(path: str) -> Dict[str, str]:
    """Read which clips an earlier run could not prepare.

    Args:
        path (str): The file.

    Returns:
        dict[str, str]: Clips and what is wrong with them; empty if there is
        no file.
    """
    try:
        with open(
                path, encoding='utf-8', errors='surrogateescape',
                newline='') as file:
            rows = list(csv.reader(file))[1:]
    except FileNotFoundError:
        return {}
    return dict(row for row in rows if len(row) == len(_FAILURE_FIELDS))


def write_failures(path: str, failures: Dict[str, str], scratch: str) -> None:
    """Write which clips could not be prepared; without any, no file.

    Args:
        path (str): The file.
        failures (dict[str, str]): Clips and what is wrong with them.
        scratch (str): Folder for the unfinished file.

    Raises:
        OSError: If the disk is full, or cannot be written.
    """
    if failures:
        rows = [_FAILURE_FIELDS, *sorted(failures.items())]
        write_atomically(path, _format(rows), scratch)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _format(rows: Iterable[tuple]) -> bytes:
    text = io.StringIO(newline='')
    csv.writer(text, lineterminator='\n').writerows(rows)
    return text.getvalue().encode('utf-8', 'surrogateescape')


def _parse(row: list) -> ClipRecord:
    (path, frames, fps, width, height, size, sha256, psnr, source_bytes,
     source_mtime_ns) = row
    return ClipRecord(path, int(frames), float(fps), int(width), int(height),
                      int(size), sha256,
                      float(psnr) if psnr else None, int(source_bytes),
                      int(source_mtime_ns))
