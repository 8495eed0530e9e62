# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.evaluation.functional import annotation_agreement
from mmaction_microaction.formats import write_boris, write_elan
from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.taxonomy import MA52

TOOL = 'analysis_tools/compare_annotations.py'
MODEL = [Segment(0.5, 2., 9, 0.75), Segment(3., 4., 10), Segment(5., 6., 51)]
PERSON = [Segment(0.6, 2., 9), Segment(3., 3.2, 10), Segment(8., 9., 0)]


@pytest.fixture
def run(run_tool, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('COLUMNS', '200')
    return lambda *arguments: run_tool(TOOL, *arguments)


def result(segments, taxonomy=MA52):
    """A result of 10 s without scores."""
    info = VideoInfo('a.mp4', 'a.mp4', 64, 48, 250, 25., 10.)
    scores = np.zeros((0, taxonomy.num_classes))
    return VideoResult(
        info, scores.sum(0), [], [], scores, segments, taxonomy=taxonomy)


@pytest.fixture
def files(tmp_path):
    """The model's predictions.json, the person's files."""
    pytest.importorskip('pympi')
    pytest.importorskip('openpyxl')
    model, person = result(MODEL), result(PERSON)
    write_json(model, str(tmp_path / 'predictions.json'))
    write_elan(person, str(tmp_path / 'anna.eaf'))
    write_boris(person, str(tmp_path / 'anna.xlsx'))
    write_segments_csv(person, str(tmp_path / 'anna.csv'))


def arrays(segments):
    return (np.array([(s.start, s.end) for s in segments]),
            np.array([s.action for s in segments]))


@pytest.mark.parametrize('other', ['anna.eaf', 'anna.xlsx', 'anna.csv'])
def test_numbers(run, files, read_rows, tmp_path, other):
    code, out, err = run('predictions.json', other, '--step', 0.1, '--iou',
                         0.3, '--json', 'out.json', '--csv', 'out.csv')
    assert (code, err) == (0, '')
    expected = annotation_agreement(
        arrays(MODEL), arrays(PERSON), 10., 0.1, 0.3)
    found = json.loads((tmp_path / 'out.json').read_text())
    assert found['duration'] == 10. and found['step'] == 0.1
    bodies = pd.DataFrame(found['bodies'], dtype=float)
    pd.testing.assert_frame_equal(bodies, pd.DataFrame(expected, dtype=float))
    rows = read_rows(tmp_path / 'out.csv')
    assert [row['body_part'] for row in rows] == list(expected)
    assert float(rows[-1]['kappa']) == pytest.approx(expected['all']['kappa'])
    assert f"{expected['head']['kappa']:.3f}" in out
    assert f"{100 * expected['all']['f1']:.1f}" in out
    # Nobody saw the upper limbs moving.
    line, = (x for x in out.splitlines() if 'upper limb' in x)
    assert line.count(' - ') == 2


def test_another_taxonomy(run, tmp_path, five):
    pytest.importorskip('pympi')
    segments = [Segment(i, i + 2., i, 1., five) for i in range(5)]
    made = result(segments, five)
    write_json(made, 'p.json')
    write_elan(made, 'p.eaf')
    assert run('p.json', 'p.eaf', '--json', 'out.json').code == 0
    found = json.loads((tmp_path / 'out.json').read_text())['bodies']
    assert list(found) == ['hand', 'foot', 'all']
    assert [row['f1'] for row in found.values()] == [1., 1., 1.]
    assert run('p.eaf', 'p.eaf').code == 2


@pytest.mark.parametrize('arguments, duration', [
    ('anna.eaf anna.xlsx', 10.),
    ('anna.csv anna.xlsx', 9.),
    ('anna.eaf anna.xlsx --duration 12.5', 12.5),
])
def test_duration(run, files, tmp_path, arguments, duration):
    code, _, err = run(*arguments.split(), '--json', 'out.json')
    content = json.loads((tmp_path / 'out.json').read_text())
    assert code == 0 and content['duration'] == duration
    assert err.count('\n') == err.count('--duration') == (duration == 9.)


def test_unknown_actions(run, one_line, files, tmp_path):
    path = tmp_path / 'anna.eaf'
    path.write_text(path.read_text().replace('>nodding</ANNOTATION_VALUE>',
                                             '>winking</ANNOTATION_VALUE>'))
    done = run('predictions.json', 'anna.eaf')
    one_line(done, "'head', 0.600 s: unknown micro-action 'win")
    assert '--skip-unknown' in done.err
    code, _, err = run('predictions.json', 'anna.eaf', '--skip-unknown')
    assert code == 0 and 'warning: ' in err and "'winking'" in err


@pytest.mark.parametrize('arguments, text', [
    (['predictions.json', 'a.txt'], 'expected an ELAN file'),
    (['anna.eaf', 'anna.eaf', '--duration', 1], 'but the video at 1.000'),
    (['empty.csv', 'empty.csv'], 'set --duration'),
    (['anna.eaf', 'anna.eaf', '--json', 'no/such/x.json'], 'no/such'),
])
def test_errors(run, one_line, files, tmp_path, arguments, text):
    (tmp_path / 'empty.csv').write_text('start,end,action\n')
    one_line(run(*arguments), text)
