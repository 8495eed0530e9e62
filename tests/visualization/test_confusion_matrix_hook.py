# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import numpy as np
import pytest
from mmaction.registry import HOOKS
from mmengine.config import Config
from PIL import Image

from mmaction_microaction.evaluation import (MicroActionDetectionMetric,
                                             MicroActionMetric)


@pytest.mark.parametrize('when', ['val', 'test'])
def test_draws_what_the_metric_has_counted(when, repo, tmp_path, five):
    cfg = Config.fromfile(str(repo / 'configs/_base_/default_runtime.py'))
    after = getattr(HOOKS.build(cfg.custom_hooks[-1]), f'after_{when}_epoch')
    metric = MicroActionMetric(out_dir=str(tmp_path))
    metric.dataset_meta = dict(taxonomy=five.to_dict())
    evaluator = SimpleNamespace(metrics=[MicroActionDetectionMetric(), metric])
    runner = SimpleNamespace(
        **{f'{when}_loop': SimpleNamespace(evaluator=evaluator)})
    after(runner, {})
    assert not list(tmp_path.iterdir())  # nothing was evaluated
    metric.process(
        None, [dict(pred_score=np.eye(5)[i], gt_label=[i]) for i in range(5)])
    metric.evaluate(5)
    after(runner, {})
    body, action = (
        Image.open(tmp_path / f'confusion_{x}.png').size
        for x in ('body', 'action'))
    assert 100 < min(body) < min(action)
