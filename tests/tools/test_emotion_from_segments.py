# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pandas as pd
import pytest

from mmaction_microaction.formats import write_elan
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.synthetic import generate_sessions

TOOL = 'emotion/emotion_from_segments.py'
RULE = dict(calm=(3, 9, 14), joy=(20, 33, 41))


@pytest.fixture(scope='module')
def table(tmp_path_factory):
    """Six people, two sessions each."""
    return generate_sessions(
        tmp_path_factory.mktemp('sessions'), RULE, 6, minutes=(2., 3.))


def test_evaluate(table, tmp_path, read_rows, expect, one_line):
    out = tmp_path / 'out'
    command = TOOL, 'evaluate', table, '--out', out, '--draws=10', '--folds'
    one_line(expect(2, *command, 9), 'folds must be 2 to 6')
    assert not out.exists()
    done = expect(0, *command, 3)
    assert 'intervals of 6 subjects mean little' in done.err
    content = json.loads((out / 'scores.json').read_text())
    for text in (' '.join(done.out.split()), content['notice']):
        assert 'no diagnosis' in text
    assert content['scores']['uar'] > 0.7 and content['folds'] == 3
    assert content['calibrated'] == [8, 8, 8] and content['doubts']
    rows = read_rows(out / 'predictions.csv')
    assert len(rows) == 12
    hits = sum(row['emotion'] == row['predicted'] for row in rows)
    assert content['scores']['accuracy'] == pytest.approx(hits / 12)
    assert len(read_rows(out / 'evidence.csv')) == 2 * (52 + 52 + 21)
    assert len(read_rows(out / 'features.csv')[0]) == 1 + 52 + 52 + 21
    for name in ('evidence', 'confusion', 'calibration'):
        assert (out / f'{name}.png').stat().st_size > 1000


def test_train_and_predict(table, tmp_path, expect):
    others = generate_sessions(
        tmp_path, RULE, 3, minutes=(2., 3.), seed=1, first=7)
    model, out = tmp_path / 'm' / 'model.json', tmp_path / 'p.csv'
    train = expect(0, TOOL, 'train', table, '--out', model, '--features',
                   'share')
    facts = json.loads(model.read_text())['facts']
    assert len(facts['subject_digests']) == 6
    shown = expect(0, TOOL, 'predict', model, others, '--out', out)
    for text in (train.out, facts['notice'], shown.out):
        assert 'no diagnosis' in text
    rows = pd.read_csv(out)
    assert len(rows) == 6
    assert (rows.calm + rows.joy).tolist() == pytest.approx([1] * 6, abs=2e-4)
    truth = pd.read_csv(others).set_index('session').emotion[rows.session]
    assert rows.emotion.tolist() == truth.tolist()
    hits = (rows.emotion == rows.predicted).sum()
    assert hits >= 5 and f'{hits} of 6 as the table says' in shown.out
    assert not shown.err
    done = expect(0, TOOL, 'predict', model, table, '--out', out)
    assert 'trained on sessions of 6 of these subjects' in done.err


def test_sessions_without_segments(table, tmp_path, expect):
    (tmp_path / 'empty.csv').write_text('start,end,action\n')
    rows = pd.read_csv(table, dtype=str)
    rows['file'] = [str(table.parent / name) for name in rows['file']]
    rows.loc[0, ['file', 'duration']] = 'empty.csv', '60'
    rows.to_csv(tmp_path / 'new.csv', index=False)
    command = 'train', tmp_path / 'new.csv', '--out', tmp_path / 'm.json'
    done = expect(2, TOOL, *command)
    assert '1 of 12 sessions have no segment' in done.err
    for choice, count in (('skip', 11), ('keep', 12)):
        done = expect(0, TOOL, *command, '--empty', choice)
        assert f'{count} sessions' in done.out


def test_tiers_of_elan(table, tmp_path, expect, one_line):
    pytest.importorskip('pympi')
    rows = pd.read_csv(table, dtype=str)
    rows['file'] = [str(table.parent / name) for name in rows['file']]
    result = read_json(rows['file'][0])
    path = str(tmp_path / 'a.eaf')
    talk = [(1., 2., 'so then'), (3., 4., 'nodding')]
    write_elan(result, path, extra=dict(talk=talk))
    rows.loc[0, 'file'] = path
    rows.to_csv(tmp_path / 'new.csv', index=False)
    command = (TOOL, 'train', tmp_path / 'new.csv', '--out',
               tmp_path / 'm.json')
    done = expect(2, *command)
    one_line(done, "tier 'talk', 1.000 s: unknown micro-action 'so")
    assert '--skip-unknown' in done.err
    done = expect(0, *command, '--skip-unknown')
    assert done.err.count('warning') == 1 and "'so then'" in done.err
    done = expect(0, *command, *(f'--tier={x}' for x in ('head', 'body')))
    assert not done.err
