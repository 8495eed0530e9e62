# Copyright (c) mmaction-microaction contributors. All rights reserved.
import zipfile

import numpy as np
import pytest

from mmaction_microaction.formats import (read_recognition_submission,
                                          write_recognition_submission)
from mmaction_microaction.taxonomy import MA52

HEADER = ','.join(
    ['vid'] +
    [f'{kind}_pred_{i}' for kind in ('action', 'body') for i in range(1, 6)])
ROW = 'test0000.mp4,9,5,6,10,8,1,1,1,1,1'
NAMES = ['test0002.mp4', 'test0000.mp4', 'odd, "name".mp4']
SCORES = np.random.default_rng(0).random((3, 52))


def test_format(tmp_path):
    scores = np.zeros((1, 52))
    scores[0, [9, 5, 6, 10, 8]] = [5, 4, 3, 2, 1]
    path = write_recognition_submission(
        str(tmp_path / 'new'), ['test0000.mp4'], scores)
    assert path == str(tmp_path / 'new' / 'submission.zip')
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ['prediction.csv']
        data = archive.read('prediction.csv')
    assert data.decode() == f'{HEADER}\n{ROW}\n'
    assert (tmp_path / 'new' / 'prediction.csv').read_bytes() == data


@pytest.mark.parametrize('body', ['lookup', 'sum'])
def test_round_trip(tmp_path, body):
    path, again = (
        write_recognition_submission(
            str(tmp_path / folder), NAMES, SCORES, body) for folder in 'ab')
    assert open(path, 'rb').read() == open(again, 'rb').read()
    names, actions, bodies = read_recognition_submission(path)
    assert names == NAMES
    assert np.array_equal(actions, np.argsort(-SCORES, axis=1)[:, :5])
    sums = SCORES @ np.eye(7)[MA52.group_index]
    summed = np.argsort(-sums, axis=1)[:, :5]
    looked_up = MA52.group_index[actions]
    assert np.array_equal(bodies, looked_up if body == 'lookup' else summed)


def test_another_taxonomy(tmp_path, five, submission):
    path = write_recognition_submission(
        str(tmp_path), ['a.mp4'], [[.1, .3, .2, .15, .25]], 'sum', five)
    _, actions, bodies = read_recognition_submission(path, five)
    assert actions.tolist() == [[1, 4, 2, 3, 0]]
    assert bodies.tolist() == [[1, 0, 0, 0, 0]]
    with pytest.raises(ValueError, match='0 to 4, but got .9'):
        read_recognition_submission(submission(HEADER, ROW), five)


@pytest.mark.parametrize('scores, body, text', [
    (SCORES[:2], 'lookup', r'\(3, 52\), but got \(2, 52\)'),
    (SCORES[:, :7], 'lookup', r'\(3, 52\), but got \(3, 7\)'),
    (np.full((3, 52), np.nan), 'lookup', 'NaN'),
    (SCORES, 'head', "'head'"),
    (SCORES - 1, 'sum', 'probabilities'),
])
def test_write_refuses(tmp_path, scores, body, text):
    with pytest.raises(ValueError, match=text):
        write_recognition_submission(str(tmp_path), NAMES, scores, body)
    assert not list(tmp_path.iterdir())


def test_reads_windows_files(submission):
    path = submission(f'\ufeff{HEADER}\r', f'{ROW}\r', '\r')
    names, actions, _ = read_recognition_submission(path)
    assert names == ['test0000.mp4']
    assert actions.tolist() == [[9, 5, 6, 10, 8]]


@pytest.mark.parametrize('lines, text', [
    ([''], 'csv:1: expected the header vid,'),
    ([HEADER.replace('vid', 'video_id'), ROW], "but got 'video_id,"),
    ([HEADER], 'no rows after the header'),
    ([HEADER, ROW, ROW], "csv:3: 'test0000.mp4' was already on line 2"),
    ([HEADER, ROW[:-2]], 'csv:2: expected 11 columns, but got 10'),
    ([HEADER, ROW.replace(',9,', ',52,')], "csv:2: action_pred_1 .* '52'"),
    ([HEADER, ROW.replace(',9,', ',-1,')], "0 to 51, but got '-1'"),
    ([HEADER, ROW.replace(',9,', ',9.0,')], "got '9.0'"),
    ([HEADER, ROW[:-1] + '7'], "body_pred_5 .* 0 to 6, but got '7'"),
    ([HEADER, ROW.replace(',9,', ',\u00b2,')], 'action_pred_1'),
])
def test_read_refuses(lines, text, submission):
    with pytest.raises(ValueError, match=text):
        read_recognition_submission(submission(*lines))


def test_unreadable_files(tmp_path):
    path = tmp_path / 'prediction.csv'
    with pytest.raises(FileNotFoundError, match='no file'):
        read_recognition_submission(str(path))
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ValueError, match='neither a zip file nor UTF-8'):
        read_recognition_submission(str(path))
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('out/prediction.csv', HEADER)
    with pytest.raises(ValueError, match=r"holds \['out/prediction.csv'\]"):
        read_recognition_submission(str(path))
