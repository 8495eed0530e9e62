# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv

import numpy as np
from sklearn.metrics import confusion_matrix

from mmaction_microaction.evaluation.metrics.artifacts import (artifact_dir,
                                                               write_confusion,
                                                               write_csv)
from mmaction_microaction.taxonomy import MA52


def test_artifact_dir(tmp_path, logger_at):
    logger_at('artifacts without a file')
    assert artifact_dir() is None
    chosen = tmp_path / 'a' / 'b'
    assert artifact_dir(str(chosen)) == str(chosen) and chosen.is_dir()
    logger_at('artifacts', log_file=str(tmp_path / 'run.log'))
    assert artifact_dir() == str(tmp_path)
    assert artifact_dir(str(chosen)) == str(chosen)


def test_write_csv(tmp_path):
    path = tmp_path / 'table.csv'
    path.write_text('something longer than what comes now')
    write_csv(str(path), ['name', 'x'], [['a, b', 0.5], ['ü', '']])
    assert path.read_bytes() == 'name,x\n"a, b",0.5\nü,\n'.encode()


def test_write_confusion(tmp_path):
    labels, actions, bodies = np.random.default_rng(0).integers(
        0, [[52], [52], [7]], (3, 200))
    written = write_confusion(str(tmp_path), actions, bodies, labels, MA52)
    expected = (confusion_matrix(labels, actions, labels=range(52)),
                confusion_matrix(MA52.group_index[labels], bodies))
    levels = (('action', MA52.names), ('body', MA52.groups))
    for (level, names), its, counts in zip(levels, written, expected):
        np.testing.assert_array_equal(its.matrix, counts)
        assert its.path == str(tmp_path / f'confusion_{level}.csv')
        assert its.names == names
        with open(its.path) as file:
            header, *rows = csv.reader(file)
        assert header == ['true \\ predicted', *names]
        assert [row[0] for row in rows] == list(names)
        assert [[int(x) for x in row[1:]] for row in rows] == counts.tolist()
