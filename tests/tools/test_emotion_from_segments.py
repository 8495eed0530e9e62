# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import json
import runpy
from pathlib import Path

import pytest

from mmaction_microaction.synthetic import generate_sessions

TOOL = Path(__file__).parents[2] / 'tools' / 'emotion/emotion_from_segments.py'
tool = runpy.run_path(str(TOOL))
main = tool['main']
RULE = dict(calm=(3, 9, 14), joy=(20, 33, 41))


@pytest.fixture(scope='module')
def table(tmp_path_factory):
    """Six people, two sessions each."""
    return generate_sessions(
        tmp_path_factory.mktemp('sessions'), RULE, 6, minutes=(2., 3.))


@pytest.fixture(scope='module')
def others(table):
    """Three other people."""
    return generate_sessions(
        table.parent,
        RULE,
        3,
        minutes=(2., 3.),
        seed=1,
        first=7,
        table='others.csv')


def read(path):
    with open(path, encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_evaluate(table, tmp_path, capsys):
    out = tmp_path / 'out'
    main(['evaluate', str(table), '--out', str(out), '--folds=3',
          '--draws=10'])  # yapf: disable
    content = json.loads((out / 'scores.json').read_text())
    assert content['scores']['uar'] > 0.7 and content['folds'] == 3
    assert 'no diagnosis' in content['notice']
    shown = capsys.readouterr()
    assert 'no diagnosis' in ' '.join(shown.out.split())
    assert 'intervals of 6 subjects mean little' in ' '.join(shown.err.split())
    assert content['calibrated'] == [8, 8, 8] and content['doubts']
    rows = read(out / 'predictions.csv')
    assert len(rows) == 12
    hits = sum(row['emotion'] == row['predicted'] for row in rows)
    assert content['scores']['accuracy'] == pytest.approx(hits / 12)
    assert len(read(out / 'evidence.csv')) == 2 * (52 + 52 + 21)
    assert len(read(out / 'features.csv')[0]) == 1 + 52 + 52 + 21
    for name in ('evidence', 'confusion', 'calibration'):
        assert (out / f'{name}.png').stat().st_size > 1000


def test_evaluate_tells_of_folds_without_calibration(broken, tmp_path, capsys):
    out = tmp_path / 'out'
    path = broken(lambda rows: [r for r in rows if r['subject'] < 's03'])
    main(['evaluate', path, '--out', str(out), '--draws=5'])
    assert '2 of 2 folds are not calibrated' in ' '.join(
        capsys.readouterr().err.split())
    assert json.loads(
        (out / 'scores.json').read_text())['calibrated'] == [0, 0]


def test_a_file_in_the_place_of_the_folder(table, tmp_path, capsys):
    (tmp_path / 'out').touch()
    with pytest.raises(SystemExit) as stop:
        main(['evaluate', str(table), '--out', str(tmp_path / 'out')])
    assert stop.value.code == 2
    assert 'is a file, but evaluate writes' in capsys.readouterr().err


def test_an_interval_from_zero_is_shown(capsys):
    tool['print_scores'](dict(uar=0.2), dict(uar=(0., 0.5)), [])
    assert '0.000 to 0.500' in capsys.readouterr().out


def test_train_and_predict(table, others, tmp_path, capsys):
    model, out = tmp_path / 'm' / 'model.json', tmp_path / 'p.csv'
    main(['train', str(table), '--out', str(model), '--features', 'share'])
    assert 'no diagnosis' in capsys.readouterr().out
    facts = json.loads(model.read_text())['facts']
    assert 'no diagnosis' in facts['notice']
    assert len(facts['subject_digests']) == 6
    main(['predict', str(model), str(others), '--out', str(out)])
    shown = capsys.readouterr()
    assert 'no diagnosis' in shown.out and not shown.err
    rows = read(out)
    assert len(rows) == 6
    for row in rows:
        assert float(row['calm']) + float(row['joy']) == pytest.approx(
            1, abs=2e-4)
    truth = {row['session']: row['emotion'] for row in read(others)}
    hits = sum(truth[r['session']] == r['predicted'] for r in rows)
    assert hits >= 5 and f'{hits} of 6 as the table says' in shown.out
    assert all(truth[r['session']] == r['emotion'] for r in rows)


def test_prediction_for_people_of_the_training(table, tmp_path, capsys):
    model, out = str(tmp_path / 'model.json'), str(tmp_path / 'p.csv')
    main(['train', str(table), '--out', model])
    main(['predict', model, str(table), '--out', out])
    assert 'trained on sessions of 6 of these subjects' in ' '.join(
        capsys.readouterr().err.split())


@pytest.fixture
def broken(table, tmp_path):
    """A function that writes a table with changed rows."""

    def write(change):
        rows = read(table)
        for row in rows:
            row['file'] = str(table.parent / row['file'])
        rows = change(rows)
        path = tmp_path / 'broken.csv'
        with open(path, 'w', newline='') as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    return write


@pytest.mark.parametrize('change, arguments, message', [
    (lambda rows: [r for r in rows if r['subject'] == 's01'], [],
     'at least two subjects'),
    (lambda rows: [r for r in rows if r['emotion'] == 'joy'], [],
     'two emotions'),
    (lambda rows: [
        r for r in rows if r['emotion'] == 'joy' or r['subject'] == 's01'
    ], [], "without the subject s01 no session with 'calm'"),
    (lambda rows: rows, ['--classes', 'calm', 'rage'],
     "unknown emotion 'joy'"),
    (lambda rows: rows, ['--folds', '9'], 'folds must be 2 to 6'),
    (lambda rows: [{**r, 'file': 'none.json'} for r in rows], [],
     'none.json'),
], ids=['one subject', 'one class', 'one class in a fold', 'unknown emotion',
        'folds', 'no file'])  # yapf: disable
def test_errors_are_one_line(broken, tmp_path, capsys, change, arguments,
                             message):
    with pytest.raises(SystemExit) as stop:
        main(['evaluate', broken(change), '--out', str(tmp_path / 'out'),
              *arguments])  # yapf: disable
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith('emotion_from_segments.py: error: ')
    assert message in error
    assert not (tmp_path / 'out').exists()


def test_sessions_without_segments(broken, tmp_path, capsys):
    (tmp_path / 'empty.csv').write_text('start,end,action\n')

    def change(rows):
        rows = [dict(row, duration='') for row in rows]
        rows[0].update(file='empty.csv', duration='60')
        return rows

    path, out = broken(change), str(tmp_path / 'm.json')
    with pytest.raises(SystemExit):
        main(['train', path, '--out', out])
    assert '1 of 12 sessions have no segment' in capsys.readouterr().err
    main(['train', path, '--out', out, '--empty', 'skip'])
    assert '11 sessions' in capsys.readouterr().out
    main(['train', path, '--out', out, '--empty', 'keep'])
    assert '12 sessions' in capsys.readouterr().out


def test_no_model(table, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(['predict', str(table), str(table), '--out', str(tmp_path / 'x')])
    assert 'is no model' in capsys.readouterr().err
