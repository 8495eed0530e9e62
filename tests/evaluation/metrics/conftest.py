# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmaction.registry import METRICS
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger


@pytest.fixture
def evaluate():
    """A function that scores data samples, a few at a time; no tables unless
    it gets a folder for them."""

    def run(kind, samples, dataset_meta=None, size=None, **kwargs):
        kwargs.setdefault('artifacts', 'out_dir' in kwargs)
        evaluator = Evaluator(METRICS.build(dict(type=kind, **kwargs)))
        evaluator.dataset_meta = dataset_meta
        for start in range(0, len(samples), 16):
            evaluator.process(samples[start:start + 16])
        return evaluator.evaluate(size or len(samples))

    return run


@pytest.fixture
def log(caplog):
    """What the current logger says."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


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
