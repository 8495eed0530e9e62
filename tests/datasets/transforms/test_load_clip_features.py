# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

NAMES = ['196_01_A', '196_01_a', 'x/`{}~(1)__']


def test_names_are_taken_as_they_are(tmp_path):
    load = TRANSFORMS.build(dict(type='LoadClipFeatures', root=str(tmp_path)))
    with pytest.raises(FileNotFoundError, match='extract_features'):
        load(dict(clip_name=NAMES[0]))
    index = {}
    for i, name in enumerate(NAMES):
        np.save(tmp_path / f'{i}.npy', np.full((3, 4 + i), i, np.float16))
        index[name] = dict(
            file=f'{i}.npy', grid_fps=7.5, duration=1., total_frames=30)
    (tmp_path / 'index.json').write_text(json.dumps(index))
    for i, name in enumerate(NAMES):
        results = load(dict(clip_name=name, duration=9.))
        imgs = results.pop('imgs')
        assert imgs.dtype == np.float32
        np.testing.assert_array_equal(imgs, np.full((3, 4 + i), i))
        assert results == dict(
            clip_name=name, grid_fps=7.5, duration=1., total_frames=30)
    with pytest.raises(ValueError, match="'nobody'"):
        load(dict(clip_name='nobody'))
