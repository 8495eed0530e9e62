# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from pathlib import Path
from shutil import copy

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.formats import write_elan
from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.results.tables import write_json
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.files import new_files

NUMBERS = ['count', 'rate', 'total', 'mean', 'median', 'share', 'first']
NAN = np.nan


@pytest.fixture
def run(expect, tmp_path, monkeypatch):
    """The tool in a folder with some tables; gives rows of summary.csv by
    session and name, and what was said."""
    pytest.importorskip('openpyxl')
    monkeypatch.chdir(tmp_path)
    for path in ('anna/x.csv', 'ben/x.csv', 'a.csv'):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text('start,end,action\n0,1,0\n')

    def run(*args, code=0):
        done = expect(code, 'summarize.py', *args, '--out', 'out')
        if code == 2:
            return done
        table = pd.read_csv('out/summary.csv')
        pd.testing.assert_frame_equal(
            table, pd.read_excel('out/summary.xlsx'), check_dtype=False)
        table = table.fillna({'subject': '', 'observer': ''})
        return {(str(x['session']), x['name']): x
                for x in table.to_dict('records')}, done.err  # yapf: disable

    return run


def test_by_hand(run):
    """Two sessions, one without segments: 0-3 s overlaps 2-4 s."""
    Path('Müller.csv').write_text('start,end,action\n2,4,9\n0,3,10\n8,9,9\n')
    Path('leer.csv').write_text('start,end,action\n')
    Path('info.csv').write_text('file,subject,session,observer,duration\n'
                                'Müller.csv,S1,1,Jörg,\nleer.csv,S2,2,,120\n')
    rows, err = run('Müller.csv', 'leer.csv', '--info', 'info.csv',
                    '--duration', 30)
    levels = {('all', 'all'), *(('body part', x) for x in MA52.groups),
              ('action', 'nodding'), ('action', 'shaking head')}
    assert err == '' and len(rows) == 2 * len(levels)
    assert {(x['level'], x['name']) for x in rows.values()} == levels
    nothing = [0, 0, 0, NAN, NAN, 0, NAN]
    for name, by_hand in {
            'nodding': [2, 4, 3, 1.5, 1.5, .1, 2],
            'head': [3, 6, 6, 2, 2, 5 / 30, 0],
            'all': [3, 6, 6, 2, 2, 5 / 30, 0],
            'body': nothing
    }.items():
        for session, expected, facts in (('1', by_hand, ['S1', 'Jörg', 30]),
                                         ('2', nothing, ['S2', '', 120])):
            row = rows[session, name]
            assert [row[x] for x in NUMBERS] == pytest.approx(
                expected, abs=1e-4, nan_ok=True), (session, name)
            assert facts == [row['subject'], row['observer'], row['duration']]
    assert Path('out/Müller/timeline.png').exists()
    assert 'S1, 1' in Path('out/Müller/report.html').read_text()


def test_folders(run):
    """Of results, one corrected, one not; two files of one name."""
    pytest.importorskip('pympi')
    scores = np.zeros((0, 52))
    result = VideoResult(
        VideoInfo('a.mp4', 'a.mp4', 64, 48, 250, 25., 60.), scores.sum(0), [],
        [], scores, [Segment(0, 1, 0)], 'manet',
        dict(domain='drawn people', confidence='not calibrated', notes=['x']))
    for name in ('one', 'two'):
        with new_files(f'results/{name}') as (scratch, _):
            write_json(result, f'{scratch}/predictions.json')
            write_elan(result, f'{scratch}/segments.eaf')
        Path(f'results/{name}/done.json').write_text('{}')
    mine = Path('results/two/segments.eaf')
    mine.write_text(mine.read_text().replace('R="manet"', 'R="Ben"'))
    Path('anna/clip.mp4').write_text('')
    Path('anna/broken.csv').write_text('start,end,action\n1,2,juggling\n')
    rows, err = run('results', 'anna', 'ben', code=1)
    assert {x: y['observer'] for (x, name), y in rows.items()
            if name == 'all'} == {'one': 'manet', 'two': 'Ben',
                                  'anna/x': '', 'ben/x': ''
                                  }  # yapf: disable
    assert rows['two', 'all']['file'] == str(mine)
    page = Path('out/one/report.html').read_text()
    assert page.count('role="note"') == 3 and 'for drawn people.' in page
    for text in ('left out: anna/clip.mp4: is no annotation',
                 'error: anna/broken.csv: ', 'x.csv: the length of the video'):
        assert text in err
    assert 'out/' not in run('.', code=1)[1]  # is not read again
    assert len(run('out/two', code=2).err.splitlines()) == 2  # but if named
    text = mine.read_text().replace('R="Ben"', 'R="manet"')
    mine.write_text(text + '\n')
    assert run('results')[0]['two', 'all']['observer'] == ''
    # A copy without hidden files, and what the page gives.
    Path('results/two/.digests.json').unlink()
    Path('results/two/frames.csv').write_text('time\n')
    for name in ('predictions.json', 'segments.eaf', 'frames.csv'):
        copy(f'results/two/{name}', f'anna/b_{name}')
    Path('anna/broken.csv').unlink()
    rows, err = run('results', 'anna')
    assert {x for x, _ in rows} == {'one', 'two', 'b', 'x'}
    assert rows['two', 'all']['observer'] == 'manet'
    for text in ('results/two', 'anna'):
        assert f'warning: {text}: .digests.json, the record' in err


def test_video_tells_the_duration(run, frames_of, lossless):
    Path('videos').mkdir()
    lossless('videos/a.mkv', frames_of(50))
    rows, err = run('a.csv', '--video', 'videos')
    assert rows['a', 'all']['duration'] == pytest.approx(5 / 3, abs=.002)
    assert err == ''
    page = Path('out/a/report.html').read_text()
    assert 'Frames of the video' in page and '../../videos/a.mkv' in page


@pytest.mark.parametrize('args, text', [
    ('empty', 'empty: expected a file of ELAN'),
    ('a.csv --info ben/x.csv', 'expected a header with the columns file'),
    ('a.csv --duration .5', 'ends at 1.000 s, but the video at 0.500'),
    ('a.csv --info twice.csv', 'twice.csv:3: ./a.csv is in two rows'),
    ('a.csv --video empty', 'empty has no video named like a session: a'),
    ('ben', 'ben/x.csv and ben/x.vtt have the same name'),
    ('a.csv --info odd.csv',
     "odd.csv:2: duration must be seconds, but got '1"),
])
def test_refused(run, one_line, args, text):
    Path('empty').mkdir()
    Path('ben/x.vtt').write_text('WEBVTT')
    Path('odd.csv').write_text('file,duration\na.csv,1:30\n')
    Path('twice.csv').write_text('file\na.csv\n./a.csv\n')
    one_line(run(*args.split(), code=2), text)


def test_people_of_boris_and_label_studio(run):
    events = [[x, 'S7', 'nodding', '', ''] for x in (1., 2.)]
    variables = {'Coder': 'Zoë', 'time': 'noon'}
    Path('a.boris').write_text(json.dumps(dict(observations=dict(
        mon=dict(events=events, independent_variables=variables),
        tue=dict(events=[])))))  # yapf: disable
    value = dict(ranges=[dict(start=1, end=25)], timelinelabels=['nodding'])
    Path('b.json').write_text(json.dumps([dict(
        data=dict(video='b.mp4', fps=25.),
        annotations=[dict(
            id=1, completed_by=dict(email='zoe@x'),
            result=[dict(type='timelinelabels', value=value)])
        ])]))  # yapf: disable
    rows, _ = run('a.boris#mon', 'b.json', '--duration', 10)
    assert [[rows[x, 'all'][y] for y in ('subject', 'observer', 'count')]
            for x in ('mon', 'b')] == [['S7', 'Zoë', 1], ['', 'zoe@x', 1]]
