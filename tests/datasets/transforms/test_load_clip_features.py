# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

NAMES = ['196_01_A', '196_01_a', 'x/`{}~(1)__']


def load(root, name):
    transform = TRANSFORMS.build(dict(type='LoadClipFeatures', root=str(root)))
    return transform(dict(clip_name=name, duration=9.))


def test_names_are_taken_as_they_are(tmp_path):
    index = {}
    for i, name in enumerate(NAMES):
        np.save(tmp_path / f'{i}.npy', np.full((3, 4 + i), i, np.float16))
        index[name] = dict(
            file=f'{i}.npy', grid_fps=7.5, duration=1., total_frames=30)
    with pytest.raises(FileNotFoundError, match='extract_features'):
        load(tmp_path, NAMES[0])
    (tmp_path / 'index.json').write_text(json.dumps(index))
    for i, name in enumerate(NAMES):
        results = load(tmp_path, name)
        assert results['imgs'].dtype == np.float32
        assert (results['imgs'] == i).all()
        assert results['imgs'].shape == (3, 4 + i)
        assert (results['grid_fps'], results['duration']) == (7.5, 1.)
        assert results['total_frames'] == 30 and 'file' not in results
    with pytest.raises(ValueError, match="'nobody'"):
        load(tmp_path, 'nobody')
