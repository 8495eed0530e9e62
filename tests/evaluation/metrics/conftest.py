# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger

from mmaction_microaction.taxonomy import MA52


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
def clips():
    """A function: scores and labels, and other fields -> data samples."""

    def make(scores, labels, **fields):
        samples = []
        for i, (score, label) in enumerate(zip(scores, labels)):
            own = {key: values[i] for key, values in fields.items()}
            sample = ActionDataSample(metainfo=dict(clip_name=f'{i}', **own))
            sample.pred_score = torch.as_tensor(score).float()
            sample.gt_label = torch.as_tensor(label).reshape(-1).long()
            samples.append(sample)
        return samples

    return make


@pytest.fixture(params=['ma52', 'few', 'five'])
def label_set(request, five):
    """A taxonomy, what a data set of it has as metainfo, and the prefix."""
    few = MA52.subset(('waving', 'nodding', 'shaking head'))
    return dict(
        ma52=(MA52, None, 'mma52'),
        few=(few, dict(classes=few.names), 'mma52'),
        five=(five, dict(taxonomy=five.to_dict()), 'five'))[request.param]


@pytest.fixture
def log(caplog):
    """What the current logger says."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
