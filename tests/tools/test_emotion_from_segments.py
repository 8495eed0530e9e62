# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pandas as pd
import pytest

from mmaction_microaction.synthetic import generate_sessions

TOOL = 'emotion/emotion_from_segments.py'
RULE = dict(calm=(3, 9, 14), joy=(20, 33, 41))


@pytest.fixture(scope='module')
def table(tmp_path_factory):
    """Six people, two sessions each."""
    return generate_sessions(
        tmp_path_factory.mktemp('sessions'), RULE, 6, minutes=(2., 3.))


@pytest.fixture
def main(run_tool):

    def main(*args, code=0):
        done = run_tool(TOOL, *args)
        assert done.code == code, done
        return done

    return main


def test_evaluate(table, tmp_path, read_rows, main):
    out = tmp_path / 'out'
    shown = main('evaluate', table, '--out', out, '--folds=3', '--draws=10')
    content = json.loads((out / 'scores.json').read_text())
    assert content['scores']['uar'] > 0.7 and content['folds'] == 3
    assert 'no diagnosis' in content['notice']
    assert 'no diagnosis' in ' '.join(shown.out.split())
    assert 'intervals of 6 subjects mean little' in shown.err
    assert content['calibrated'] == [8, 8, 8] and content['doubts']
    rows = read_rows(out / 'predictions.csv')
    assert len(rows) == 12
    hits = sum(row['emotion'] == row['predicted'] for row in rows)
    assert content['scores']['accuracy'] == pytest.approx(hits / 12)
    assert len(read_rows(out / 'evidence.csv')) == 2 * (52 + 52 + 21)
    assert len(read_rows(out / 'features.csv')[0]) == 1 + 52 + 52 + 21
    for name in ('evidence', 'confusion', 'calibration'):
        assert (out / f'{name}.png').stat().st_size > 1000


def test_train_and_predict(table, tmp_path, read_rows, main):
    others = generate_sessions(
        tmp_path, RULE, 3, minutes=(2., 3.), seed=1, first=7)
    model, out = tmp_path / 'm' / 'model.json', tmp_path / 'p.csv'
    done = main('train', table, '--out', model, '--features', 'share')
    assert 'no diagnosis' in done.out
    facts = json.loads(model.read_text())['facts']
    assert 'no diagnosis' in facts['notice']
    assert len(facts['subject_digests']) == 6
    shown = main('predict', model, others, '--out', out)
    assert 'no diagnosis' in shown.out and not shown.err
    rows = read_rows(out)
    assert len(rows) == 6
    for row in rows:
        total = float(row['calm']) + float(row['joy'])
        assert total == pytest.approx(1, abs=2e-4)
    truth = {row['session']: row['emotion'] for row in read_rows(others)}
    hits = sum(truth[r['session']] == r['predicted'] for r in rows)
    assert hits >= 5 and f'{hits} of 6 as the table says' in shown.out
    assert all(truth[r['session']] == r['emotion'] for r in rows)
    done = main('predict', model, table, '--out', out)
    assert 'trained on sessions of 6 of these subjects' in done.err


def test_sessions_without_segments(table, read_rows, tmp_path, main):
    (tmp_path / 'empty.csv').write_text('start,end,action\n')
    rows = pd.DataFrame(read_rows(table))
    rows['file'] = [str(table.parent / name) for name in rows['file']]
    rows.loc[0, ['file', 'duration']] = 'empty.csv', 60
    rows.to_csv(tmp_path / 'new.csv', index=False)
    command = 'train', tmp_path / 'new.csv', '--out', tmp_path / 'm.json'
    assert '1 of 12 sessions have no segment' in main(*command, code=2).err
    assert '11 sessions' in main(*command, '--empty', 'skip').out
    assert '12 sessions' in main(*command, '--empty', 'keep').out


@pytest.mark.parametrize('out, words, message', [
    ('out', ['--folds', '9'], 'folds must be 2 to 6'),
    ('file', [], 'is a file, but evaluate writes'),
])
def test_errors_are_one_line(table, tmp_path, run_tool, one_line, out, words,
                             message):
    (tmp_path / 'file').touch()
    done = run_tool(TOOL, 'evaluate', table, '--out', tmp_path / out, *words)
    one_line(done, message)
    assert not (tmp_path / 'out').exists()
