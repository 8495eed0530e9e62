# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmaction.registry import HOOKS

from mmaction_microaction.evaluation import (MicroActionDetectionMetric,
                                             MicroActionMetric)


@pytest.fixture
def hook(repo):
    """As the configs name it."""
    from mmengine.config import Config
    cfg = Config.fromfile(str(repo / 'configs/_base_/default_runtime.py'))
    return HOOKS.build(cfg.custom_hooks[-1])


@pytest.mark.parametrize('when', ['val', 'test'])
def test_draws_what_the_metric_has_counted(when, hook, tmp_path, five):
    metric = MicroActionMetric(out_dir=str(tmp_path))
    metric.dataset_meta = dict(taxonomy=five.to_dict())
    evaluator = SimpleNamespace(metrics=[MicroActionDetectionMetric(), metric])
    runner = SimpleNamespace(
        **{f'{when}_loop': SimpleNamespace(evaluator=evaluator)})
    after = getattr(hook, f'after_{when}_epoch')
    after(runner, {})
    assert not list(tmp_path.iterdir())  # nothing was evaluated
    metric.process(
        None, [dict(pred_score=np.eye(5)[i], gt_label=[i]) for i in range(5)])
    metric.evaluate(5)
    after(runner, {})
    sizes = [
        min(cv2.imread(str(tmp_path / f'confusion_{x}.png')).shape[:2])
        for x in ('body', 'action')
    ]
    assert 100 < sizes[0] < sizes[1]
