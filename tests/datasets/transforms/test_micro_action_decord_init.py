# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Bad files are in test_decode_resized.py."""
import numpy as np
from mmaction.registry import TRANSFORMS


def test_same_as_host(good_clip):
    found = []
    for prefix in ('MicroAction', ''):
        init, decode = (
            TRANSFORMS.build(dict(type=f'{prefix}Decord{step}'))
            for step in ('Init', 'Decode'))
        results = init(dict(filename=str(good_clip)))
        results['frame_inds'] = np.array([0, 5, 11])
        found.append(decode(results))
    ours, hosts = found
    assert ours.keys() == hosts.keys() and ours['total_frames'] == 12
    np.testing.assert_array_equal(ours['imgs'], hosts['imgs'])
