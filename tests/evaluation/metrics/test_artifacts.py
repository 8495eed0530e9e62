# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction_microaction.evaluation.metrics.artifacts import write_csv


def test_write_csv(tmp_path):
    path = tmp_path / 'table.csv'
    path.write_text('something longer than what comes now')
    write_csv(str(path), ['name', 'x'], [['a, b', 0.5], ['ü', '']])
    assert path.read_bytes() == 'name,x\n"a, b",0.5\nü,\n'.encode()
