# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmaction.registry import TRANSFORMS

from mmaction_microaction.datasets.preparation import CODECS, Recipe


@pytest.mark.parametrize('size, expected', [
    ((1080, 1296), (256, 307)),
    ((1920, 1080), (455, 256)),
    ((512, 512), (256, 256)),
    ((257, 999), (256, 995)),
    ((256, 300), (256, 300)),
    ((101, 900), (101, 900)),
])
def test_size_is_that_of_the_hosts_resize(size, expected):
    assert Recipe().target_size(*size) == expected
    if min(size) >= 256:
        results = dict(img_shape=size[::-1], modality='RGB')
        resize = TRANSFORMS.build(
            dict(type='mmaction.Resize', scale=(-1, 256)))
        assert resize(results)['img_shape'] == expected[::-1]
    even = Recipe(codec='h264').target_size(*size)
    assert even == tuple(side - side % 2 for side in expected)


def test_defaults():
    assert Recipe() == Recipe(256, 'mjpeg', 10)
    assert next(iter(CODECS)) == Recipe().codec
    for name, codec in CODECS.items():
        assert Recipe(codec=name).quality == codec.quality in codec.qualities


@pytest.mark.parametrize('kwargs, match', [
    (dict(codec='av1'), "mjpeg, h264-intra, h264, but got 'av1'"),
    (dict(quality=1), r'2 \(best\) to 31, but got 1'),
    (dict(quality=52, codec='h264'), r'0 \(best\) to 51, but got 52'),
    (dict(short_side=31), 'at least 32 pixels, but got 31'),
])
def test_bad_arguments(kwargs, match):
    with pytest.raises(ValueError, match=match):
        Recipe(**kwargs)
