# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pandas
from sklearn.metrics import confusion_matrix

from mmaction_microaction.evaluation.metrics.artifacts import (write_confusion,
                                                               write_csv)
from mmaction_microaction.taxonomy import MA52


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
        table = pandas.read_csv(its.path, index_col='true \\ predicted')
        pandas.testing.assert_frame_equal(
            table, pandas.DataFrame(counts, names, names), check_names=False)
