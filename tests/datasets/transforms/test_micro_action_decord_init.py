# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

import mmaction_microaction  # noqa: F401

OURS = [
    dict(type='MicroActionDecordInit'),
    dict(type='MicroActionDecordDecode')
]
HOSTS = [dict(type='DecordInit'), dict(type='DecordDecode')]


def run(path, steps, frame_inds=(0, 5, 11)):
    init, decode = (TRANSFORMS.build(step) for step in steps)
    results = init(dict(filename=str(path)))
    results['frame_inds'] = np.array(frame_inds)
    return decode(results)


def test_same_as_host(good_clip):
    ours, hosts = run(good_clip, OURS), run(good_clip, HOSTS)
    assert ours.keys() == hosts.keys()
    assert ours['total_frames'] == 12
    np.testing.assert_array_equal(ours['imgs'], hosts['imgs'])


@pytest.mark.parametrize('kind', ['zero_byte', 'cut_in_half', 'text'])
def test_bad_file_is_named(bad_clips, kind):
    pipeline = Compose(OURS)
    with pytest.raises(RuntimeError) as error:
        pipeline(dict(filename=str(bad_clips[kind])))
    assert str(error.value).startswith(str(bad_clips[kind]))
    assert 'tools/data/check_data.py' in str(error.value)


def test_failure_in_the_middle_is_named(good_clip):
    with pytest.raises(RuntimeError, match='good.mp4'):
        run(good_clip, OURS, frame_inds=(0, 99))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        run(tmp_path / 'none.mp4', OURS)
