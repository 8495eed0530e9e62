# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.formats import (read_detection_submission,
                                          write_detection_submission)

HEADER = ',video_id,t_start,t_end,class,score'
ROW = '0,test0000,1.2,3.4,9,0.87'
RNG = np.random.default_rng(0)


def _random(count):
    starts = RNG.uniform(0, 10, count)
    return (np.stack([starts, starts + RNG.uniform(0, 5, count)],
                     1), RNG.integers(0, 52, count), RNG.random(count))


def test_format(tmp_path):
    predictions = dict(
        b=([[0, .1], [1.5, 3]], [3, 51], [.25, 1]),
        none=([], [], []),
        a=([[1 / 30, 2]], [0], [1e-7]))
    write_detection_submission(str(tmp_path), predictions)
    # Best first, plain decimals, numbers that go on from video to video.
    assert (tmp_path / 'prediction.csv').read_text().splitlines() == [
        HEADER, '0,b,1.5,3.0,51,1.0', '1,b,0.0,0.1,3,0.25',
        '2,a,0.033333335,2.0,0,0.0000001'
    ]


def test_round_trip_is_exact(tmp_path):
    ids = ['x_L', 'x_l', 'y[1]^`~', 'odd, "name"', 'a__']
    predictions = {name: _random(40) for name in ids}
    path = write_detection_submission(str(tmp_path), predictions)
    read = read_detection_submission(path, ids)
    assert list(read) == ids
    for name, given in predictions.items():
        order = np.argsort(-given[2])
        for found, kind, values in zip(read[name], ('f4', 'i8', 'f4'), given):
            assert found.dtype == kind
            assert np.array_equal(found, values[order].astype(kind))


def test_the_best_200_of_a_video_are_kept(tmp_path):
    segments, labels, _ = _random(450)
    scores = np.repeat([.2, .9, .5], 150)
    given = dict(a=(segments, labels, scores))
    write_detection_submission(str(tmp_path), given)
    found = read_detection_submission(str(tmp_path / 'prediction.csv'))['a']
    assert found.scores.tolist() == pytest.approx([.9] * 150 + [.5] * 50)
    # Equal scores keep their order.
    assert np.array_equal(found.labels[150:], labels[300:350])
    path = write_detection_submission(str(tmp_path), given, max_per_video=3)
    assert len(read_detection_submission(path)['a'].labels) == 3


def test_another_taxonomy(tmp_path, five, submission):
    one = dict(a=([[0, 1]], [4], [.5]))
    path = write_detection_submission(str(tmp_path), one, taxonomy=five)
    assert read_detection_submission(path, taxonomy=five)['a'].labels == [4]
    one['a'][1][0] = 5
    with pytest.raises(ValueError, match='0 to 4'):
        write_detection_submission(str(tmp_path), one, taxonomy=five)
    with pytest.raises(ValueError, match='class must .* 0 to 4'):
        read_detection_submission(submission(HEADER, ROW), None, five)


@pytest.mark.parametrize('predictions, text', [
    (dict(a=([[0, np.nan]], [0], [1])), "video 'a': times must be finite"),
    (dict(a=([[2, 1]], [0], [1])), 'end must come after'),
    (dict(a=([[0, 1]], [52], [1])), '0 to 51'),
    (dict(a=([[0, 1]], [0], [2])), '0 to 1'),
    (dict(a=([[0, 1]], [0, 1], [1])), r'shapes \(1, 2\), \(2,\)'),
    (dict(a=([], [], [])), 'no detection in any of the 1 videos'),
])
def test_write_refuses(tmp_path, predictions, text):
    with pytest.raises(ValueError, match=text):
        write_detection_submission(str(tmp_path), predictions)
    with pytest.raises(ValueError, match='max_per_video'):
        write_detection_submission(str(tmp_path), {}, max_per_video=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('line, text', [
    (HEADER[1:], "csv:1: expected the header ,video_id,.* got 'video_id,"),
    (ROW.replace(',9,', ',52,'), "csv:2: class .* '52'"),
    (ROW.replace('1.2', 'nan'), "csv:2: t_start .* 'nan'"),
    (ROW.replace('3.4', 'inf'), "t_end .* 'inf'"),
    (ROW.replace('3.4', ''), "t_end .* ''"),
    (ROW.replace('0.87', 'NaN'), "score .* 'NaN'"),
    (ROW.replace('0.87', '1.1'), 'score must be 0 to 1, .* 1.1'),
    (ROW.replace('0.87', '-0.1'), 'score must be 0 to 1'),
    (ROW.replace('3.4', '1.1'), 'csv:2: t_end 1.1 is before'),
    (ROW.replace('test0000', ''), "unknown video ''"),
    (ROW.replace('test', 'Test'), "csv:2: unknown video 'Test0000'"),
])
def test_read_refuses(line, text, submission):
    lines = [line] if line in HEADER else [HEADER, line]
    with pytest.raises(ValueError, match=text):
        read_detection_submission(submission(*lines), ['test0000'])
