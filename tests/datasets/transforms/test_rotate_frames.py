# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""RotateFrames and PadFrames."""
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import Compose

from mmaction_microaction.datasets import PadFrames, RotateFrames

PICTURE = np.random.default_rng(0).integers(0, 256, (32, 40, 3), np.uint8)


def test_both_frames_of_a_pair_move_alike():
    """The whole augmentation of the config, on a frame and its copy."""
    chain = Compose([
        TRANSFORMS.build(x) for x in (dict(type='Flip', flip_ratio=.5),
                                      dict(type='RotateFrames', degrees=4),
                                      dict(type='PadFrames', pixels=4),
                                      dict(type='RandomCrop', size=32))
    ])
    np.random.seed(0)
    seen = set()
    for _ in range(20):
        imgs = [PICTURE, PICTURE.copy()]
        first, second = chain(
            dict(imgs=imgs, img_shape=(32, 40), modality='RGB'))['imgs']
        assert np.array_equal(first, second)
        assert first.shape == (32, 32, 3) and first.dtype == np.uint8
        seen.add(first.tobytes())
    assert len(seen) == 20


def test_values(monkeypatch):
    drawn = []
    monkeypatch.setattr(np.random, 'uniform', lambda low, high: drawn.append(
        (low, high)) or high)
    square = PICTURE[:, :32]
    for degrees, expected in ((0, square), (90, np.rot90(square))):
        turned, = RotateFrames(degrees)(dict(imgs=[square]))['imgs']
        assert np.abs(turned.astype(int) - expected).max() <= 1
    assert drawn == [(0, 0), (-90, 90)]
    results = PadFrames(3)(dict(imgs=[PICTURE], img_shape=(32, 40)))
    padded, = results['imgs']
    assert results['img_shape'] == padded.shape[:2] == (38, 46)
    assert np.array_equal(padded[3:-3, 3:-3], PICTURE)
    assert padded.sum() == PICTURE.sum()
