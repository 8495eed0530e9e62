# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import re
import zipfile

import numpy as np
import pytest

from mmaction_microaction.formats import (read_detection_submission,
                                          read_recognition_submission,
                                          write_detection_submission,
                                          write_recognition_submission)
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError

HEADER = ','.join(
    ['vid'] +
    [f'{kind}_pred_{i}' for kind in ('action', 'body') for i in range(1, 6)])
ROW = 'test0000.mp4,9,5,6,10,8,1,1,1,1,1'
NAMES = ['test0002.mp4', 'test0000.mp4', 'odd, "name".mp4']
RNG = np.random.default_rng(0)
SCORES = RNG.random((3, 52))
TIMED_HEADER = ',video_id,t_start,t_end,class,score'
TIMED = '0,test0000,1.2,3.4,9,0.87'


@pytest.fixture
def table(tmp_path):
    """A function that writes the lines of a ``prediction.csv``."""
    path = tmp_path / 'prediction.csv'

    def write(*lines):
        path.write_text('\n'.join(lines), encoding='utf-8')
        return str(path)

    return write


def test_recognition_format(tmp_path):
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
def test_recognition_round_trip(tmp_path, body):
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


def test_recognition_made_on_windows(table):
    path = table(f'\ufeff{HEADER}\r', f'{ROW}\r', '\r')
    names, actions, _ = read_recognition_submission(path)
    assert names == ['test0000.mp4']
    assert actions.tolist() == [[9, 5, 6, 10, 8]]


def test_detection_format(tmp_path):
    predictions = dict(
        b=([[0, .1], [1.5, 3]], [3, 51], [.25, 1]),
        none=([], [], []),
        a=(np.float32([[1 / 30, 2]]), [0], [1e-7]))
    write_detection_submission(str(tmp_path), predictions)
    # Best first, short plain decimals, numbers that go on from video to video.
    assert (tmp_path / 'prediction.csv').read_text().splitlines() == [
        TIMED_HEADER, '0,b,1.5,3.0,51,1.0', '1,b,0.0,0.1,3,0.25',
        '2,a,0.033333335,2.0,0,0.0000001'
    ]


def drawn(count):
    starts, lengths = RNG.uniform(0, 9, (2, count))
    segments = np.stack([starts, starts + lengths], 1)
    return segments, RNG.integers(0, 52, count), RNG.random(count)


def test_detection_round_trip_is_exact(tmp_path):
    ids = ['x_L', 'x_l', 'y[1]^`~', 'odd, "name"', 'a__']
    predictions = {name: drawn(40) for name in ids}
    path = write_detection_submission(str(tmp_path), predictions)
    read = read_detection_submission(path, ids)
    assert list(read) == ids
    for name, given in predictions.items():
        order = np.argsort(-given[2])
        for found, kind, values in zip(read[name], ('f8', 'i8', 'f8'), given):
            assert found.dtype == kind
            assert np.array_equal(found, values[order])


def test_the_best_200_of_a_video_are_kept(tmp_path):
    segments, labels, _ = drawn(450)
    given = dict(a=(segments, labels, np.repeat([.2, .9, .5], 150)))
    write_detection_submission(str(tmp_path), given)
    found = read_detection_submission(str(tmp_path / 'prediction.csv'))['a']
    assert found.scores.tolist() == pytest.approx([.9] * 150 + [.5] * 50)
    # Equal scores keep their order.
    assert np.array_equal(found.labels[150:], labels[300:350])


def test_another_taxonomy(tmp_path, five, table):
    path = write_recognition_submission(
        str(tmp_path), ['a.mp4'], [[.1, .3, .2, .15, .25]], 'sum', five)
    _, actions, bodies = read_recognition_submission(path, five)
    assert actions.tolist() == [[1, 4, 2, 3, 0]]
    assert bodies.tolist() == [[1, 0, 0, 0, 0]]
    one = dict(a=([[0, 1]], [4], [.5]))
    path = write_detection_submission(str(tmp_path), one, taxonomy=five)
    assert read_detection_submission(path, taxonomy=five)['a'].labels == [4]
    one['a'][1][0] = 5
    with pytest.raises(ValueError, match='0 to 4'):
        write_detection_submission(str(tmp_path), one, taxonomy=five)
    with pytest.raises(ValueError, match='0 to 4, but got .9'):
        read_recognition_submission(table(HEADER, ROW), five)
    with pytest.raises(ValueError, match='class must .* 0 to 4'):
        read_detection_submission(table(TIMED_HEADER, TIMED), None, five)


@pytest.mark.parametrize('scores, body, text', [
    (SCORES[:2], 'lookup', r'\(3, 52\), but got \(2, 52\)'),
    (np.full((3, 52), np.nan), 'lookup', 'NaN'),
    (SCORES, 'head', "'head'"),
    (SCORES - 1, 'sum', 'probabilities'),
])
def test_recognition_is_not_written(tmp_path, scores, body, text):
    with pytest.raises(ValueError, match=text):
        write_recognition_submission(str(tmp_path), NAMES, scores, body)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('found, text', [
    (([], [], []), 'none in the 1 videos'),
    (([[0, np.nan]], [0], [1]), "video 'a': times must be finite"),
    (([[2, 1]], [0], [1]), 'end must come after'),
    (([[0, 1]], [52], [1]), '0 to 51'),
    (([[0, 1]], [0], [2]), '0 to 1'),
    (([[0, 1]], [0, 1], [1]), r'shapes \(1, 2\), \(2,\)'),
])
def test_detection_is_not_written(tmp_path, found, text):
    with pytest.raises(ValueError, match=text):
        write_detection_submission(str(tmp_path), dict(a=found))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('lines, text', [
    ([''], 'csv:1: expected the header vid,'),
    ([HEADER], 'no rows after the header'),
    ([HEADER, ROW, ROW], "csv:3: 'test0000.mp4' repeats line 2"),
    ([HEADER, ROW[:-2]], 'csv:2: expected 11 columns, but got 10'),
    ([HEADER, ROW.replace(',9,', ',52,')], "csv:2: action_pred_1 .* '52'"),
    ([HEADER, ROW.replace(',9,', ',-1,')], "0 to 51, but got '-1'"),
    ([HEADER, ROW[:-1] + '7'], "body_pred_5 .* 0 to 6, but got '7'"),
    ([HEADER, ROW.replace(',9,', ',\u00b2,')], 'action_pred_1'),
])
def test_recognition_is_not_read(lines, text, table):
    with pytest.raises(ValueError, match=text):
        read_recognition_submission(table(*lines))


@pytest.mark.parametrize('old, new, text', [
    (',9,', ',52,', "csv:2: class .* '52'"),
    ('1.2', 'nan', "csv:2: t_start .* 'nan'"),
    ('3.4', '', "t_end .* ''"),
    ('0.87', 'NaN', "score .* 'NaN'"),
    ('0.87', '1.1', 'score must be 0 to 1, .* 1.1'),
    ('0.87', '-0.1', 'score must be 0 to 1'),
    ('3.4', '1.1', 'csv:2: t_end 1.1 is before'),
    ('test0000', '', "unknown video ''"),
    ('test', 'Test', "csv:2: unknown video 'Test0000'"),
])
def test_detection_is_not_read(old, new, text, table):
    with pytest.raises(ValueError, match=text):
        read_detection_submission(
            table(TIMED_HEADER, TIMED.replace(old, new)), ['test0000'])


def test_unreadable_files(tmp_path):
    path = tmp_path / 'prediction.csv'
    with pytest.raises(FileNotFoundError, match='not exist'):
        read_recognition_submission(str(path))
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ValueError, match='neither a zip file nor UTF-8'):
        read_recognition_submission(str(path))
    for names in (['a/b/prediction.csv'], ['a', 'b/prediction.csv'], ['a.csv'],
                  ['prediction.csv', 'b/prediction.csv'], ['.DS_Store']):
        with zipfile.ZipFile(path, 'w') as archive:
            for name in names:
                archive.writestr(name, f'{HEADER}\n{ROW}')
        with pytest.raises(ValueError, match=re.escape(f'contains {names}')):
            read_recognition_submission(str(path))
    for text, message in (('{"results": [', 'of OpenTAD, but'),
                          ('{"results": {"a": [{"label": 9}]}}', 'segment'),
                          (f'{HEADER}\n{"x" * 200000}', ':2: field larger')):
        path.write_text(text)
        with pytest.raises(UserError, match=f'prediction.csv.*{message}'):
            read_detection_submission(str(path))


@pytest.mark.parametrize(
    'method, place, error',
    [
        (zipfile.ZIP_STORED, 29, 'EOFError'),  # length of what is extra
        (zipfile.ZIP_DEFLATED, 44, 'error'),  # of zlib; the first of the data
        (zipfile.ZIP_BZIP2, 44, 'OSError'),
        (zipfile.ZIP_LZMA, 53, 'LZMAError'),
    ])
def test_damaged_zip_files(method, place, error, tmp_path):
    path = tmp_path / 'a.zip'
    with zipfile.ZipFile(path, 'w', method) as archive:
        archive.writestr('prediction.csv', f'{HEADER}\n{ROW}')
    data = bytearray(path.read_bytes())
    data[place] ^= 0xff
    path.write_bytes(data)
    with pytest.raises(UserError, match=rf'a.zip: expected .* {error}\('):
        read_recognition_submission(str(path))


# As Finder packs a file or a folder, and Windows a folder.
@pytest.mark.parametrize('folder, others', [
    ('', ['__MACOSX/._prediction.csv']),
    ('out/', ['out/', 'out/.DS_Store', '__MACOSX/', '__MACOSX/out/._x.csv']),
    ('out/', ['out/Thumbs.db', 'out/desktop.ini']),
])
def test_zip_files_of_others(tmp_path, folder, others):
    path = str(tmp_path / 'a.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        for name in (*others, f'{folder}prediction.csv'):
            archive.writestr(name,
                             '' if name in others else f'{HEADER}\n{ROW}')
    assert read_recognition_submission(path).names == ['test0000.mp4']


def test_results_of_opentad(tmp_path):
    rows = [
        dict(label='9', segment=[1 / 3, 2.5], score=.5),
        dict(label=MA52.names[3], segment=[0, 9], score=1),
        dict(label='walking', segment=[0, 9], score=1),
    ]
    path = tmp_path / 'result_detection.json'
    path.write_text(json.dumps(dict(results=dict(a=rows[:1], b=rows[1:]))))
    skipped = []
    found = read_detection_submission(str(path), skipped=skipped)
    assert found['a'].segments.tolist() == [[1 / 3, 2.5]]
    assert [x.labels.tolist() for x in found.values()] == [[9], [3]]
    bad = f"{path}:3: class must be an integer from 0 to 51, but got 'walking'"
    assert skipped == [bad]
    with pytest.raises(UserError, match=re.escape(bad)):
        read_detection_submission(str(path))
    path.write_text(json.dumps(dict(results=dict(b=rows[2:]))))
    with pytest.raises(UserError, match='walking.*no other row is valid'):
        read_detection_submission(str(path), skipped=[])
