# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.taxonomy import MA52


@pytest.fixture(params=['ma52', 'five'])
def result(request, five):
    taxonomy = MA52 if request.param == 'ma52' else five
    count = taxonomy.num_classes
    scores = np.random.default_rng(0).dirichlet(np.ones(count), 3)
    scores = scores.astype(np.float32)
    return VideoResult(
        VideoInfo('a "b".mp4', 'x/a "b".mp4', 64, 48, 45, 30., 1.5,
                  ('the file is truncated', )), scores.mean(0),
        np.array([0., .5, 1.]), np.array([.5, 1., 1.5]), scores, [
            Segment(0., 1., 3, .4, taxonomy),
            Segment(.5, 1.5, count - 1, taxonomy=taxonomy)
        ], 'manet', dict(threshold=.3, window=2.), taxonomy)
