# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of the micro-action challenge (Codabench 9066).

Recognition: ``submission.zip`` holds ``prediction.csv`` and nothing else. One
row per clip in the order of the test list, 0-based ids, best first::

    vid,action_pred_1,...,action_pred_5,body_pred_1,...,body_pred_5
    test0000.mp4,9,5,6,10,8,1,1,1,1,1

Shapes: N clips, K = 52 actions, R = 5 ranks.
"""
import csv
import io
import os
import os.path as osp
import zipfile
from typing import List, NamedTuple, Sequence

import numpy as np

from mmaction_microaction.evaluation.functional import (TOP_K, rank_bodies,
                                                        rank_classes)
from mmaction_microaction.labels import NUM_ACTIONS, NUM_BODIES
from mmaction_microaction.utils.errors import UserError

CSV_NAME = 'prediction.csv'
ZIP_NAME = 'submission.zip'
RECOGNITION_HEADER = (['vid'] +
                      [f'action_pred_{rank}' for rank in range(1, TOP_K + 1)] +
                      [f'body_pred_{rank}' for rank in range(1, TOP_K + 1)])

# The least value that a column may not reach.
_LIMITS = [NUM_ACTIONS] * TOP_K + [NUM_BODIES] * TOP_K


class RecognitionSubmission(NamedTuple):
    """The content of a recognition submission.

    Attributes:
        names (list[str]): Names of N clips.
        actions (np.ndarray): Shape (N, R), int64, best first.
        bodies (np.ndarray): Shape (N, R), int64, best first; may repeat.
    """
    names: List[str]
    actions: np.ndarray
    bodies: np.ndarray


def write_recognition_submission(out_dir: str,
                                 names: Sequence[str],
                                 action_scores: np.ndarray,
                                 body: str = 'lookup') -> str:
    """Write the recognition submission, the same bytes for the same input.

    Args:
        out_dir (str): Folder for ``submission.zip`` and, to look at, the same
            ``prediction.csv`` beside it. Made if needed.
        names (Sequence[str]): Names of N clips, in the order of the test list.
        action_scores (np.ndarray): Shape (N, K), float.
        body (str): ``'lookup'``: body parts of the five actions, which may
            repeat, as the authors submit. ``'sum'``: the five parts with the
            largest summed probability. Defaults to ``'lookup'``.

    Returns:
        str: Path of the zip file.

    Raises:
        ValueError: If the scores are not (N, 52), hold NaN or do not fit
            ``body``.
    """
    expected = (len(names), NUM_ACTIONS)
    if np.shape(action_scores) != expected:
        raise UserError(f'expected scores of shape {expected}, but got '
                        f'{np.shape(action_scores)}')
    actions = rank_classes(action_scores)[:, :TOP_K]
    bodies = rank_bodies(action_scores, body)[:, :TOP_K]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(RECOGNITION_HEADER)
    for name, *ids in zip(names, *actions.T, *bodies.T):
        writer.writerow([name, *ids])
    return write_archive(out_dir, text.getvalue())


def write_archive(out_dir: str, text: str) -> str:
    """Write the files of a submission, the same bytes for the same text.

    Args:
        out_dir (str): Folder for ``submission.zip`` and, to look at, the same
            ``prediction.csv`` beside it. Made if needed.
        text (str): The csv.

    Returns:
        str: Path of the zip file.
    """
    data = text.encode()
    os.makedirs(out_dir, exist_ok=True)
    with open(osp.join(out_dir, CSV_NAME), 'wb') as file:
        file.write(data)
    path = osp.join(out_dir, ZIP_NAME)
    # ZipInfo's default date is constant, unlike that of a file on disk.
    member = zipfile.ZipInfo(CSV_NAME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr(member, data)
    return path


def read_recognition_submission(path: str) -> RecognitionSubmission:
    """Read and check a recognition submission.

    Args:
        path (str): A ``prediction.csv`` or a zip file with nothing else.

    Returns:
        RecognitionSubmission: Its content, in the order of the rows.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the header, a row's length, an id or a name is wrong,
            naming file and line.
    """
    rows = csv.reader(io.StringIO(read_text(path), newline=''))
    header = next(rows, [])
    if header != RECOGNITION_HEADER:
        raise UserError(f'{path}:1: expected the header '
                        f'{",".join(RECOGNITION_HEADER)}, but got '
                        f'{",".join(header)!r}')
    first_line, ids = {}, []
    for row in rows:
        where = f'{path}:{rows.line_num}'
        if not row:
            continue
        ids.append(_read_ids(row, where))
        if row[0] in first_line:
            raise UserError(f'{where}: {row[0]!r} was already on line '
                            f'{first_line[row[0]]}')
        first_line[row[0]] = rows.line_num
    if not ids:
        raise UserError(f'{path}: no rows after the header')
    ids = np.array(ids)
    return RecognitionSubmission(
        list(first_line), ids[:, :TOP_K], ids[:, TOP_K:])


def read_text(path: str) -> str:
    """Read the csv text of a submission.

    Args:
        path (str): A csv file, or a zip file that holds ``prediction.csv`` and
            nothing else.

    Returns:
        str: The text, without a byte order mark.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the zip holds anything else or the text is not UTF-8.
    """
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


def _read_ids(row: List[str], where: str) -> List[int]:
    if len(row) != len(RECOGNITION_HEADER):
        raise UserError(f'{where}: expected {len(RECOGNITION_HEADER)} '
                        f'columns, but got {len(row)}')
    for column, value, limit in zip(RECOGNITION_HEADER[1:], row[1:], _LIMITS):
        # isdigit() alone would also pass superscripts, which int() refuses.
        if not (value.isascii() and value.isdigit() and int(value) < limit):
            raise UserError(f'{where}: {column} must be an integer from 0 to '
                            f'{limit - 1}, but got {value!r}')
    return [int(value) for value in row[1:]]
