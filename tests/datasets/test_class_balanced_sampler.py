# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import DATA_SAMPLERS
from mmengine.dataset import sampler as sampler_module

COUNTS = np.array([60, 25, 0, 10, 5])


class Labels(list):
    """A data set of nothing but labels."""

    def get_data_info(self, index):
        return dict(label=self[index])


DATASET = Labels(np.repeat(np.arange(5), COUNTS).tolist())


def build(**options):
    return DATA_SAMPLERS.build(
        dict(
            dict(type='ClassBalancedSampler', dataset=DATASET, seed=0),
            **options))


@pytest.mark.parametrize('alpha, least', [(0, 0), (0.5, 0), (1, 0), (0, 15),
                                          (0.5, 15)])
def test_shares(alpha, least):
    length = 40000
    sampler = build(alpha=alpha, epoch_length=length, min_count=least)
    drawn = np.bincount([DATASET[i] for i in sampler], minlength=5) / length
    wanted = np.maximum(COUNTS, least)
    expected = np.where(COUNTS > 0, wanted**(1. - alpha), 0)
    np.testing.assert_allclose(drawn, expected / expected.sum(), atol=0.01)


def test_epochs():
    sampler = build(seed=3)
    first = list(sampler)
    assert len(sampler) == len(first) == len(DATASET)
    assert first == list(sampler)
    assert len(build(min_count=15)) == 60 + 25 + 15 + 15
    sampler.set_epoch(1)  # as MMEngine's DistSamplerSeedHook does
    assert first != list(sampler) == list(build(seed=4))


@pytest.mark.parametrize('length', [100, 7])
def test_ranks_share_one_draw(monkeypatch, length):

    def draw(*rank_and_world_size):
        monkeypatch.setattr(sampler_module, 'get_dist_info',
                            lambda: rank_and_world_size)
        sampler = build(epoch_length=length)
        drawn = list(sampler)
        assert len(drawn) == len(sampler)
        return drawn

    shares = [draw(rank, 3) for rank in range(3)]
    assert {len(share) for share in shares} == {-(-length // 3)}
    together = [i for turn in zip(*shares) for i in turn]
    assert together[:length] == draw(0, 1)


@pytest.mark.parametrize('options, match', [
    (dict(alpha=-1), 'alpha .* got -1'),
    (dict(alpha=2), 'alpha .* got 2'),
    (dict(shuffle=False), 'DefaultSampler'),
])
def test_bad_settings(options, match):
    with pytest.raises(ValueError, match=match):
        build(**options)
