# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.formats import write_elan
from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.files import new_files

NUMBERS = ['count', 'rate', 'total', 'mean', 'median', 'share', 'first']
NOTHING = [0, 0, 0, np.nan, np.nan, 0, np.nan]


def result(segments, duration=60.):
    info = VideoInfo('a.mp4', 'a.mp4', 64, 48, 250, 25., duration)
    scores = np.zeros((0, 52))
    return VideoResult(
        info, scores.sum(0), [], [], scores, segments, source='manet')


@pytest.fixture
def run(expect, tmp_path, monkeypatch):
    """``expect`` in a folder of its own; the rows of the table by session and
    name, and what was said."""
    pytest.importorskip('openpyxl')
    monkeypatch.chdir(tmp_path)

    def run(*args, code=0):
        done = expect(code, 'summarize.py', *args, '--out', 'out')
        if code == 2:
            return done
        table = pd.read_csv('out/summary.csv')
        pd.testing.assert_frame_equal(
            table, pd.read_excel('out/summary.xlsx'), check_dtype=False)
        table = table.fillna({'subject': '', 'observer': ''})
        assert len(list(Path('out').glob('*/report.html'))) == len(
            list(Path('out').glob('*/timeline.png')))
        rows = {
            (str(x['session']), x['name']): x
            for x in table.to_dict('records')
        }
        return rows, done.err

    return run


def test_by_hand(run):
    """Two sessions, one without segments; umlauts; 0-3 s overlaps 2-4 s."""
    write_segments_csv(
        result([Segment(2., 4., 9),
                Segment(0., 3., 10),
                Segment(8., 9., 9)]), 'Müller.csv')
    Path('leer.csv').write_text('start,end,action\n')
    Path('info.csv').write_text('file,subject,session,observer,duration\n'
                                'Müller.csv,S1,1,Jörg,\nleer.csv,S2,2,,120\n')
    rows, err = run('Müller.csv', 'leer.csv', '--info', 'info.csv',
                    '--duration', 30)
    assert err == '' and len(rows) == 2 * (1 + 7 + 2)
    assert {(x['level'], x['name']) for x in rows.values()} == {
        ('all', 'all'), *(('body part', x) for x in MA52.groups),
        ('action', 'nodding'), ('action', 'shaking head')}  # yapf: disable
    by_hand = {
        'nodding': [2, 4, 3, 1.5, 1.5, .1, 2],
        'head': [3, 6, 6, 2, 2, 5 / 30, 0],
        'all': [3, 6, 6, 2, 2, 5 / 30, 0],
        'body': NOTHING
    }
    for name, numbers in by_hand.items():
        for session, expected, facts in (('1', numbers, ['S1', 'Jörg', 30]),
                                         ('2', NOTHING, ['S2', '', 120])):
            row = rows[session, name]
            assert [row[x] for x in NUMBERS] == pytest.approx(
                expected, abs=1e-4, nan_ok=True), (session, name)
            assert [row[x] for x in ('subject', 'observer', 'duration')
                    ] == facts  # yapf: disable
    assert 'Jörg' in Path('out/Müller/report.html').read_text()


def test_what_is_corrected_in_a_folder_of_results(run):
    """One folder of results untouched, one corrected; two of one name."""
    pytest.importorskip('pympi')
    for name in ('one', 'two'):
        with new_files(f'results/{name}') as (scratch, _):
            write_json(
                result([Segment(0, 1, 0)]), f'{scratch}/predictions.json')
            write_elan(result([Segment(0, 1, 0)]), f'{scratch}/segments.eaf')
        Path(f'results/{name}/done.json').write_text('{}')
    text = Path('results/two/segments.eaf').read_text()
    Path('results/two/segments.eaf').write_text(
        text.replace('AUTHOR="manet"', 'AUTHOR="Ben"'))
    for folder in ('anna', 'ben'):
        write_segments_csv(result([Segment(0, 1, 0)]), f'{folder}.csv')
        Path(folder).mkdir()
        Path(f'{folder}.csv').rename(f'{folder}/x.csv')
    Path('anna/clip.mp4').write_text('')
    Path('anna/broken.csv').write_text('start,end,action\n1,2,juggling\n')
    rows, err = run('results', 'anna', 'ben', code=1)
    found = {x: row['observer'] for (x, name), row in rows.items()
             if name == 'all'}  # yapf: disable
    assert found == {'one': 'manet', 'two': 'Ben', 'anna/x.csv': '',
                     'ben/x.csv': ''}  # yapf: disable
    assert rows['two', 'all']['file'] == 'results/two/segments.eaf'
    for text in ('left out: anna/clip.mp4: is no annotation',
                 'error: anna/broken.csv: ', 'x.csv: nothing says how long'):
        assert text in err
    assert 'out' not in run('.', code=1)[0]  # is not read again


def test_video_tells_the_duration(run, frames_of, lossless):
    write_segments_csv(result([Segment(0, 1, 0)]), 'a.csv')
    Path('videos').mkdir()
    lossless('videos/a.mkv', frames_of(50))
    rows, err = run('a.csv', '--video', 'videos')
    assert rows['a', 'all']['duration'] == pytest.approx(5 / 3, abs=.002)
    assert err == ''
    assert 'Frames of the video' in Path('out/a/report.html').read_text()


@pytest.mark.parametrize('args, text', [
    ('empty', 'no annotations in empty'),
    ('a.csv --info odd.csv', 'expected a header with the columns file'),
    ('a.csv --duration .5', 'ends at 1.000 s, but the video at 0.500'),
    ('a.csv --info twice.csv', 'twice.csv:3: ./a.csv is in two rows'),
])
def test_refused(run, one_line, args, text):
    Path('empty').mkdir()
    write_segments_csv(result([Segment(0, 1, 0)]), 'a.csv')
    Path('odd.csv').write_text('name\na\n')
    Path('twice.csv').write_text('file\na.csv\n./a.csv\n')
    one_line(run(*args.split(), code=2), text)


def test_observers_of_boris_and_label_studio(run):
    events = [[1., 'S7', 'nodding', '', ''], [2., 'S7', 'nodding', '', '']]
    Path('a.boris').write_text(
        json.dumps(
            dict(observations={
                'mon':
                dict(events=events, independent_variables={'Coder': 'Zoë'})
            })))
    value = dict(ranges=[dict(start=1, end=25)], timelinelabels=['nodding'])
    Path('b.json').write_text(
        json.dumps([
            dict(
                data=dict(video='b.mp4', fps=25.),
                annotations=[
                    dict(
                        id=1,
                        completed_by=dict(email='zoe@x'),
                        result=[dict(type='timelinelabels', value=value)])
                ])
        ]))
    rows, _ = run('a.boris#mon', 'b.json', '--duration', 10)
    assert [
        rows[x, 'all'][y] for x in ('a#mon', 'b')
        for y in ('subject', 'observer', 'count')
    ] == ['S7', 'Zoë', 1, '', 'zoe@x', 1]
