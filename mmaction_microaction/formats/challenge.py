# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of the micro-action challenge (Codabench 9066).

Recognition: ``submission.zip`` holds ``prediction.csv`` and nothing else. One
row per clip in the order of the test list, 0-based ids, best first::

    vid,action_pred_1,...,action_pred_5,body_pred_1,...,body_pred_5
    test0000.mp4,9,5,6,10,8,1,1,1,1,1

Shapes: N clips, K classes, R = 5 ranks.
"""
import csv
import io
import os
import os.path as osp
import zipfile
from typing import Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from mmaction_microaction.evaluation.functional import (TOP_K, rank_bodies,
                                                        rank_classes)
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError

CSV_NAME = 'prediction.csv'
RECOGNITION_HEADER = ['vid'] + [
    f'{kind}_pred_{rank}' for kind in ('action', 'body')
    for rank in range(1, TOP_K + 1)
]


class RecognitionSubmission(NamedTuple):
    """A recognition submission: names of N clips, actions and bodies (N, R)
    int64, best first; bodies may repeat."""
    names: List[str]
    actions: np.ndarray
    bodies: np.ndarray


def write_recognition_submission(out_dir: str,
                                 names: Sequence[str],
                                 action_scores: np.ndarray,
                                 body: str = 'lookup',
                                 taxonomy: Taxonomy = MA52) -> str:
    """Write ``submission.zip`` and, to look at, the same ``prediction.csv``
    beside it, the same bytes for the same input; returns the zip's path.

    Args:
        names (Sequence[str]): Names of N clips, in the order of the test list.
        action_scores (np.ndarray): (N, K), float.
        body (str): ``'lookup'``: body parts of the five actions, which may
            repeat, as the authors submit. ``'sum'``: the five parts with the
            largest summed probability; where there are fewer, the last one
            again.

    Raises:
        ValueError: If the scores are not (N, K), hold NaN or do not fit
            ``body``.
    """
    expected = (len(names), taxonomy.num_classes)
    if np.shape(action_scores) != expected:
        raise UserError(f'expected scores of shape {expected}, but got '
                        f'{np.shape(action_scores)}')
    columns = []
    for ranks in (rank_classes(action_scores),
                  rank_bodies(action_scores, body, taxonomy)):
        last = ranks.shape[1] - 1
        columns += [ranks[:, min(rank, last)] for rank in range(TOP_K)]
    return write_archive(out_dir, RECOGNITION_HEADER, zip(names, *columns))


def write_archive(out_dir: str, header: Sequence[str],
                  rows: Iterable[Sequence[object]]) -> str:
    """The zip file, and the table beside it; returns the zip's path."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows([header, *rows])
    data = text.getvalue().encode()
    os.makedirs(out_dir, exist_ok=True)
    with open(osp.join(out_dir, CSV_NAME), 'wb') as file:
        file.write(data)
    path = osp.join(out_dir, 'submission.zip')
    # ZipInfo's default date is constant, unlike that of a file on disk.
    member = zipfile.ZipInfo(CSV_NAME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr(member, data)
    return path


def read_recognition_submission(path: str,
                                taxonomy: Taxonomy = MA52
                                ) -> RecognitionSubmission:
    """Read and check a recognition submission, a ``prediction.csv`` or a zip
    file with nothing else, in the order of the rows.

    Raises:
        ValueError: If a row, an id or a name is wrong, naming file and line.
    """
    limits = [taxonomy.num_classes] * TOP_K + [taxonomy.num_groups] * TOP_K
    first_line, ids = {}, []
    for line, (name, *values) in read_rows(path, RECOGNITION_HEADER):
        ids.append([
            parse_index(value, limit, f'{path}:{line}: {column}') for column,
            value, limit in zip(RECOGNITION_HEADER[1:], values, limits)
        ])
        if name in first_line:
            raise UserError(f'{path}:{line}: {name!r} was already on line '
                            f'{first_line[name]}')
        first_line[name] = line
    ids = np.array(ids)
    return RecognitionSubmission(
        list(first_line), ids[:, :TOP_K], ids[:, TOP_K:])


def read_rows(path: str,
              header: Sequence[str]) -> Iterator[Tuple[int, List[str]]]:
    """Line and cells of every row that is not empty, at least one; UserError
    for another header or number of cells."""
    rows = csv.reader(io.StringIO(read_text(path), newline=''))
    found, count = next(rows, []), 0
    if found != list(header):
        raise UserError(f'{path}:1: expected the header {",".join(header)}, '
                        f'but got {",".join(found)!r}')
    for row in filter(None, rows):
        if len(row) != len(header):
            raise UserError(f'{path}:{rows.line_num}: expected {len(header)} '
                            f'columns, but got {len(row)}')
        yield rows.line_num, row
        count += 1
    if not count:
        raise UserError(f'{path}: no rows after the header')


def parse_index(value: str, limit: int, what: str) -> int:
    """An integer from 0 to ``limit - 1``, or a UserError about ``what``."""
    # isdigit() alone would also pass superscripts, which int() refuses.
    if not (value.isascii() and value.isdigit() and int(value) < limit):
        raise UserError(f'{what} must be an integer from 0 to {limit - 1}, '
                        f'but got {value!r}')
    return int(value)


def read_text(path: str) -> str:
    """The csv text of a submission, a csv file or a zip file that holds
    ``prediction.csv`` and nothing else, without a byte order mark."""
    if not osp.isfile(path):
        raise FileNotFoundError(f'there is no file {path}')
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if archive.namelist() != [CSV_NAME]:
                raise UserError(f'{path} must hold {CSV_NAME} and nothing '
                                f'else, but holds {archive.namelist()}')
            data = archive.read(CSV_NAME)
    else:
        with open(path, 'rb') as file:
            data = file.read()
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise UserError(f'{path} is neither a zip file nor UTF-8 text '
                        f'({error})') from error
