# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmengine.logging import MMLogger

from mmaction_microaction.evaluation.metrics.artifacts import (artifact_dir,
                                                               write_csv)


@pytest.fixture
def logger_at():
    """A function that makes a current logger, with or without a file."""
    names = []

    def make(name, **kwargs):
        names.append(name)
        return MMLogger.get_instance(name, **kwargs)

    yield make
    for name in names:
        for handler in MMLogger._instance_dict.pop(name).handlers:
            handler.close()


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
