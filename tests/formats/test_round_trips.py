# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What we wrote, corrected as a person's program does it: one segment moved,
one deleted, one added. The layouts of BORIS are those of the exports of 7.13
and 8.27, those of Label Studio of the converter in label-studio-sdk 2.1."""
import csv
import io
import json

import openpyxl
import pytest

from mmaction_microaction.formats import (read_annotations, write_boris,
                                          write_label_studio, write_webvtt)
from mmaction_microaction.results import Segment
from mmaction_microaction.results.tables import write_json, write_segments_csv

BEFORE = [
    Segment(1.24, 2.08, 9, .8731),
    Segment(1.52, 3.2, 9, .5),
    Segment(4., 5.8, 10, .25),
    Segment(5.8, 7., 10, .375, unsure=True, comment='hand?'),
]
MOVED = Segment(1.36, 2.08, 9, .8731)
ADDED = Segment(8.48, 9.24, 0)
AFTER = [MOVED, *BEFORE[2:], ADDED]


@pytest.fixture
def write(make_result, tmp_path):
    """Writes with one of our functions; gives the text, or the cells of a
    workbook."""

    def work(function, name):
        path = tmp_path / name
        function(make_result(BEFORE), str(path))
        if name.endswith('.xlsx'):
            return [['' if x is None else x for x in row]
                    for row in openpyxl.load_workbook(path).active.values]
        return path.read_text()

    return work


def corrected_events(rows, offset):
    """Rows of the import form as the events of an observation: with its time
    offset, by time."""
    events = [list(row) for row in rows[1:] if row[3] != 'overlap 2']
    events[0][0] = MOVED.start
    events += [[ADDED.start, '', 'shaking body', '', ''],
               [ADDED.end, '', 'shaking body', '', '']]
    return [[round(time + offset, 3), *rest] for time, *rest in sorted(events)]


def tabular(events, offset):
    states = [
        'STOP' if sum(x[1:4] == event[1:4]
                      for x in events[:i]) % 2 else 'START'
        for i, event in enumerate(events)
    ]
    rows = [[
        'obs1', '2025-03-01 10:00:00', 'player #1:a.mp4', offset, subject,
        code, modifier, state, time, comment
    ] for (time, subject, code, modifier,
           comment), state in zip(events, states)]
    return [[
        'Observation id', 'Observation date', 'Source', 'Time offset (s)',
        'Subject', 'Behavior', 'Modifier #1', 'Behavior type', 'Time',
        'Comment'
    ], *rows]


def tabular_7(events, offset):
    """With the facts above; what starts when another stops is a STOP, too."""
    table = [[row[8], *row[4:7], row[9], row[7]]
             for row in tabular(events, offset)]
    table[0][3], table[0][5] = 'Modifier 1', 'Status'
    times = [row[0] for row in table]
    for i, row in enumerate(table):
        row[5] = 'STOP' if row[0] in times[1:i] else row[5]
    above = [['Observation id', 'obs1'], ['Description', 'time'],
             ['Time offset (s)', offset], ['variable', 'value']]
    return [[*row, *[''] * (6 - len(row))] for row in above] + table


def aggregated(events, offset):
    rows = []
    for code in dict.fromkeys(event[2] for event in events):
        its = [event for event in events if event[2] == code]
        rows += [[
            'obs1', offset, 'No focal subject', code, 'STATE', a[0], b[0],
            a[4], b[4]
        ] for a, b in zip(its[::2], its[1::2])]
    return [[
        'Observation id', 'Time offset (s)', 'Subject', 'Behavior',
        'Behavior type', 'Start (s)', 'Stop (s)', 'Comment start',
        'Comment stop'
    ], *rows]


@pytest.mark.parametrize('offset', [0, 60.5, -5])
@pytest.mark.parametrize('form, ending',
                         [(tabular, '.tsv'), (tabular, '.csv'),
                          (tabular, '.xlsx'), (tabular, '.ods'),
                          (tabular_7, '.tsv'), (tabular_7, '.xlsx'),
                          (aggregated, '.csv'), (aggregated, '.xlsx'),
                          (aggregated, '.ods')])
def test_boris(write, save_table, tmp_path, recwarn, form, ending, offset):
    events = corrected_events(write(write_boris, 'a.xlsx'), offset)
    save_table(tmp_path / f'export{ending}', form(events, offset))
    found = read_annotations(str(tmp_path / f'export{ending}')).segments
    assert found == AFTER
    said = [str(x.message) for x in recwarn if 'time offset' in str(x.message)]
    assert [f'of {offset:g} s' in x for x in said] == [True] * bool(offset)


def test_project_of_boris(write, tmp_path):
    observations = {
        name:
        dict(
            file={'1': [f'{name}.mp4']},
            type='MEDIA',
            events=[[*event, 25] for event in corrected_events(
                write(write_boris, 'a.xlsx'), offset)],
            **({
                'time offset': offset
            } if offset else {}))
        for name, offset in dict(first=0, second=-5.).items()
    }
    observations['second']['events'].insert(0, [-3.5, '', 'waving', '', ''])
    project = dict(
        project_format_version='7.0',
        observations=observations,
        behaviors_conf={'0': dict(type='Point event', code='waving')})
    path = tmp_path / 'a.boris'
    path.write_text(json.dumps(project))
    assert read_annotations(f'{path}#first').segments == AFTER
    with pytest.raises(
            ValueError,
            match="event 1: 'waving' is a point event; "
            'give --point-duration SECONDS'):
        read_annotations(f'{path}#second')
    found = read_annotations(f'{path}#second', point_duration=.25).segments
    assert [(s.start, s.end) for s in found if s not in AFTER] == [(1.5, 1.75)]
    with pytest.raises(ValueError, match=r'it has 2 \(first, second\); name '):
        read_annotations(str(path))
    observations['first']['file']['1'].append('b.mp4')
    path.write_text(json.dumps(project))
    with pytest.warns(UserWarning, match=r'concatenated videos \(first.mp4;b'):
        read_annotations(f'{path}#first')
    for text in ('[]', '{}', '{"observations": {"a": {"events": [[]]}}}', '{'):
        path.write_text(text)
        with pytest.raises(ValueError, match='expected a BORIS project'):
            read_annotations(str(path))


def label_studio(task, **changes):
    """A task's prediction, accepted and corrected, as an annotation."""
    results = [x for x in task['predictions'][0]['result']]
    results[0]['value']['ranges'][0]['start'] = 35
    results[1] = dict(
        type='timelinelabels',
        id='x',
        origin='manual',
        value=dict(
            ranges=[dict(start=213, end=231)],
            timelinelabels=['shaking body']))
    return dict(
        dict(id=7, completed_by=1, was_cancelled=False, result=results),
        **changes)


def test_label_studio(write, tmp_path):
    path = tmp_path / 'a.json'
    task, = json.loads(write(write_label_studio, 'a.json'))
    assert read_annotations(str(path)).segments == BEFORE
    annotation = label_studio(task)
    export = [
        dict(
            id=1,
            data=task['data'],
            predictions=[],
            annotations=[
                annotation,
                dict(annotation, id=8, was_cancelled=True)
            ])
    ]
    path.write_text(json.dumps(export))
    assert read_annotations(str(path)).segments == AFTER
    plain = dict(
        id=1,
        **task['data'],
        annotator=1,
        annotation_id=7,
        actions=[x['value'] for x in annotation['result']])
    path.write_text(json.dumps([plain]))
    assert [(s.start, s.end, s.action)
            for s in read_annotations(str(path)).segments
            ] == [(s.start, s.end, s.action) for s in AFTER]
    export[0]['annotations'].append(label_studio(task, id=9, completed_by=2))
    annotation['result'] = [dict(type='choices', value=dict(choices=['a']))]
    del export[0]['data']['fps']
    path.write_text(json.dumps(export))
    with pytest.raises(ValueError, match=r'2 \(7 / 1 / interview.mp4, 9 / 2'):
        read_annotations(str(path))
    with pytest.raises(ValueError, match='set --fps to'):
        read_annotations(f'{path}#9')
    assert read_annotations(f'{path}#9', fps=25).segments == AFTER
    with pytest.warns(UserWarning, match='omitted 1 results'):
        assert read_annotations(f'{path}#7').segments == []
    for content in ([3], [{}], [dict(data={})], [dict(plain, fps='x')],
                    [dict(plain, actions=[dict(timelinelabels='a')])]):
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match='a.json.* Label Studio'):
            read_annotations(str(path))


def test_subtitles(write, tmp_path):
    cues = write(write_webvtt, 'a.vtt').split('\n\n')
    cues[1] = cues[1].replace('01.240', '01.360')
    cues[2] = '7\n00:08.480 --> 00:09.240 line:80%\n<i>Shaking\nbody</i>'
    path = tmp_path / 'a.vtt'
    path.write_bytes('\r\n\r\n'.join(
        [*cues[:2], *cues[3:5], cues[2], 'NOTE a --> b', '']).encode())
    # The score is a whole per cent there, and there are no comments.
    assert [(s.start, s.end, s.action, s.score, s.unsure)
            for s in read_annotations(str(path)).segments
            ] == [(s.start, s.end, s.action, round(s.score, 2), s.unsure)
                  for s in AFTER]
    for text in ('00:01.000 --> 00:02.000\nnodding', 'WEBVTT\n\nx --> y\nb1',
                 'WEBVTT\n\n00:01.000 --> 00:02.000\nwinking (5 %)'):
        path.write_text(text)
        with pytest.raises(ValueError, match='WEBVTT|x --> y|winking'):
            read_annotations(str(path))


@pytest.mark.parametrize('name, encoding, separator',
                         [('a.csv', 'utf-8', ','), ('a.csv', 'utf-8-sig', ';'),
                          ('a.csv', 'cp1252', ';'), ('a.csv', 'utf-16', '\t'),
                          ('a.xlsx', '', '')])
def test_segments_csv(write, save_table, tmp_path, name, encoding, separator):
    """As English and German spreadsheets save it."""
    head, *rows = csv.reader(io.StringIO(write(write_segments_csv, 'a.csv')))
    rows[0][0] = str(MOVED.start)
    rows[1] = ['8.48', '9.24', '', 'A1', '', '', '', '', 'größer']
    path = tmp_path / name
    if separator in (';', '\t'):
        rows = [[x.replace('.', ',').replace('True', 'WAHR') for x in row]
                for row in rows]
    if not separator:
        rows = [[float(x) if i < 2 else x for i, x in enumerate(row)]
                for row in rows]
        save_table(path, [head, *rows])
    else:
        path.write_text(
            '\n'.join(separator.join(row) for row in [head, *rows]), encoding)
    found = read_annotations(str(path)).segments
    assert found == [*AFTER[:3], Segment(8.48, 9.24, 0, comment='größer')]


@pytest.mark.parametrize('function, name', [(write_segments_csv, 'a.csv'),
                                            (write_json, 'a.json'),
                                            (write_label_studio, 'a.json'),
                                            (write_webvtt, 'a.vtt')])
def test_digits(make_result, tmp_path, function, name):
    """Times to the millisecond, scores to four digits, and some length."""
    segments = [
        Segment(1.7999999999999998, 2.1 + 1e-12, 9, 2 / 3),
        Segment(2.1, 2.1 + 1e-7, 9, 1e-9)
    ]
    function(make_result(segments), str(tmp_path / name))
    text = (tmp_path / name).read_text()
    assert '99999' not in text and '66666' not in text and 'e-' not in text
    found = read_annotations(str(tmp_path / name)).segments
    assert found[0].end == pytest.approx(2.1, abs=.021)
    if function in (write_segments_csv, write_json):
        assert [(s.start, s.end, s.score)
                for s in found] == [(1.8, 2.1, .6667), (2.1, 2.101, 0.)]
