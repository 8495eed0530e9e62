# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.evaluation.functional import (pooled_agreement,
                                                        tally_agreement)
from mmaction_microaction.formats import write_boris, write_elan
from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.taxonomy import MA52

TOOL = 'analysis_tools/compare_annotations.py'
MODEL = [Segment(0.5, 2., 9, 0.75), Segment(3., 4., 10), Segment(5., 6., 51)]
PERSON = [Segment(0.6, 2., 9), Segment(3., 3.2, 10), Segment(8., 9., 0)]


def result(segments, taxonomy=MA52):
    """A result of 10 s without scores."""
    info = VideoInfo('a.mp4', 'a.mp4', 64, 48, 250, 25., 10.)
    scores = np.zeros((0, taxonomy.num_classes))
    return VideoResult(
        info, scores.sum(0), [], [], scores, segments, taxonomy=taxonomy)


@pytest.fixture
def run(expect, five, tmp_path, monkeypatch):
    """``expect`` with files of a model and a person, and of five classes, in
    the current folder; gives what --json has written, and what was said."""
    pytest.importorskip('pympi')
    pytest.importorskip('openpyxl')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('COLUMNS', '200')
    write_json(result(MODEL), 'model.json')
    for write, name in ((write_elan, 'anna.eaf'), (write_boris, 'anna.xlsx'),
                        (write_segments_csv, 'anna.csv')):
        write(result(PERSON), name)
    made = result([Segment(i, i + 2., i, 1., five) for i in range(5)], five)
    write_json(made, 'five.json')
    write_elan(made, 'five.eaf')

    def run(*args, code=0):
        done = expect(code, TOOL, *args, '--json', 'out.json')
        return done if code else (json.load(open('out.json')), done)

    return run


def arrays(segments):
    return (np.array([(s.start, s.end) for s in segments]),
            np.array([s.action for s in segments]))


@pytest.mark.parametrize('other', ['anna.eaf', 'anna.xlsx', 'anna.csv'])
def test_numbers(run, other):
    found, done = run('model.json', other, '--step', 0.1, '--iou', 0.3,
                      '--csv', 'out.csv')
    tallies = tally_agreement(arrays(MODEL), arrays(PERSON), 10., 0.1, 0.3)
    scores = pooled_agreement([tallies], 0)
    expected = pd.DataFrame(scores, dtype=float)
    assert done.err == ''
    assert found['duration'] == 10. and found['step'] == 0.1
    table = pd.read_csv('out.csv', index_col='body_part').T
    for got in (pd.DataFrame(found['bodies']), table):
        pd.testing.assert_frame_equal(
            got.astype(float), expected, check_names=False)
    assert f"{scores['head']['kappa']:.3f}" in done.out
    assert f"{100 * scores['all']['f1']:.1f}" in done.out
    # Nobody saw the upper limbs moving.
    line, = (x for x in done.out.splitlines() if 'upper limb' in x)
    assert line.count(' - ') == 2


def test_another_taxonomy(run):
    found = run('five.json', 'five.eaf')[0]['bodies']
    scores = {name: row['f1'] for name, row in found.items()}
    assert scores == dict(hand=1., foot=1., all=1.)
    run('five.eaf', 'five.eaf', code=2)


@pytest.mark.parametrize('arguments, duration', [
    ('anna.eaf anna.xlsx', 10.),
    ('anna.csv anna.xlsx', 9.),
    ('anna.eaf anna.xlsx --duration 12.5', 12.5),
])
def test_duration(run, arguments, duration):
    content, (_, _, err) = run(*arguments.split())
    assert content['duration'] == duration
    assert err.count('\n') == err.count('--duration') == (duration == 9.)


def test_unknown_actions(run, one_line, tmp_path):
    path = tmp_path / 'anna.eaf'
    path.write_text(path.read_text().replace('>nodding</ANNOTATION_VALUE>',
                                             '>winking</ANNOTATION_VALUE>'))
    done = run('model.json', 'anna.eaf', code=2)
    one_line(done, "'head', 0.600 s: unknown micro-action 'win")
    assert '--skip-unknown' in done.err
    err = run('model.json', 'anna.eaf', '--skip-unknown')[1].err
    assert 'warning: ' in err and "'winking'" in err


def test_unsure_ones_are_counted_apart(run):
    doubtful = [replace(PERSON[0], unsure=True), *PERSON[1:]]
    write_elan(result(doubtful), 'ben.eaf', extra={'talk': [(0, 1, 'so')]})
    found, done = run('model.json', 'ben.eaf', '--csv', 'out.csv')
    assert "micro-actions: 'talk' (1)" in done.err and '--tier' in done.err
    assert '0 segments of A and 1 of B:' in done.out
    plain = run('model.json', 'anna.eaf')[0]
    assert found['bodies'] == plain['bodies'] and 'sure' not in plain
    assert found['unsure'] == [0, 1]
    for key, before, after in (('count_a', 2, 1), ('matched', 1, 0)):
        assert found['bodies']['head'][key] == before
        assert found['sure']['head'][key] == after
    assert len(pd.read_csv('out.csv')) == 16
    done = run('model.json', 'ben.eaf', '--tier', 'head')[1]
    assert 'tiers' not in done.err


@pytest.mark.parametrize(
    'tiers, same',
    [
        (['P1', 'P2'], True),  # each has its own
        (['P1'], True),  # Ben's file is read as always
        (['P2', 'more'], False),  # of Anna's file there is but the other
    ])
def test_tiers_of_each_file(run, tiers, same):
    for name, tier in (('anna', 'P1'), ('ben', 'P2')):
        extra = {tier: [(1., 2., 'nodding')]}
        if name == 'anna':
            extra['more'] = [(5., 6., 'nodding')]
        write_elan(result([]), f'{name}.eaf', extra=extra)
    asked = [f'--tier={x}' for x in tiers]
    found = run('anna.eaf', 'ben.eaf', '--duration', '10', *asked)[0]
    assert (found['bodies']['head']['kappa'] == 1.) == same


@pytest.mark.parametrize('arguments, text', [
    ('model.json anna.csv --tier Ben', 'for ELAN files (.eaf), but got none'),
    ('anna.eaf anna.eaf --tier Ben', 'no tier Ben (of --tier); the file has '),
    ('anna.eaf five.eaf --tier head --tier Ben', 'five.eaf: no tier Ben'),
    ('anna.eaf model.json --tier head --tier Ben', 'anna.eaf: no tier Ben'),
    ('anna.eaf gone.eaf --tier Ben', 'gone.eaf'),
    ('anna.eaf anna.eaf --media b.mp4', "no linked file is named 'b.mp4'"),
    ('model.json a.txt', 'expected a file of ELAN'),
    ('anna.eaf anna.eaf --duration 1', 'but the video at 1.000'),
    ('empty.csv empty.csv', 'set --duration'),
    ('anna.eaf anna.eaf --csv anna.eaf/x.csv', "exists: 'anna.eaf'"),
])
def test_errors(run, one_line, tmp_path, arguments, text):
    (tmp_path / 'empty.csv').write_text('start,end,action\n')
    one_line(run(*arguments.split(), code=2), text)


def test_many_pairs(run, tmp_path):
    """Two folders, and the same by a table; one pair alone and a broken one
    are named; umlauts."""
    for folder, segments in (('a', MODEL), ('b', PERSON)):
        (tmp_path / folder).mkdir()
        write_json(result(segments), f'{folder}/Müller.json')
        write_json(result(segments[1:]), f'{folder}/x.json')
    write_json(result(MODEL), 'a/alone.json')
    found, (_, out, err) = run('a', 'b', '--csv', 'out.csv')
    assert 'without a partner: a/alone.json' in err and 'Müller' in out
    pairs = [
        tally_agreement(arrays(a), arrays(b), 10.)
        for a, b in ((MODEL, PERSON), (MODEL[1:], PERSON[1:]))
    ]
    pooled = pooled_agreement(pairs)
    assert found['bodies']['all'] == pytest.approx(pooled['all'])
    low, high = (pooled['all'][f'f1_{x}'] for x in ('low', 'high'))
    assert low < high and f'{100 * low:.1f} to {100 * high:.1f}' in out
    rows = pd.read_csv('out.csv').groupby('pair').size()
    assert dict(rows) == dict.fromkeys(['Müller', 'x', 'pooled'], 8)
    with open('pairs.csv', 'w') as file:
        file.write('a,b,name\na/Müller.json,b/Müller.json,Müller\n'
                   'a/x.json,b/x.json,\n')
    assert run('--pairs', 'pairs.csv')[0] == found
    with open('pairs.csv', 'a') as file:
        file.write('a/x.json,b/gone.json,lost\n')
    err = run('--pairs', 'pairs.csv', code=1).err
    assert 'error: lost: b/gone.json does not exist' in err
    lines = (tmp_path / 'pairs.csv').read_text().splitlines()
    (tmp_path / 'pairs.csv').write_text('\n'.join([lines[0], lines[2]]))
    found, (_, out, _) = run('--pairs', 'pairs.csv')
    assert list(found['pairs']) == ['x'] and ' to ' not in out
    assert found['bodies']['all']['f1_low'] is None
