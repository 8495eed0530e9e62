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
    options = dict(dict(type='ClassBalancedSampler', seed=0), **options)
    return DATA_SAMPLERS.build(options, default_args=dict(dataset=DATASET))


@pytest.mark.parametrize('alpha', [0, 0.5, 1])
def test_shares(alpha):
    length = 40000
    sampler = build(alpha=alpha, epoch_length=length)
    drawn = np.bincount([DATASET[i] for i in sampler], minlength=5) / length
    expected = np.where(COUNTS > 0, COUNTS**(1. - alpha), 0)
    np.testing.assert_allclose(drawn, expected / expected.sum(), atol=0.01)


def test_epochs():
    sampler = build(seed=3)
    first = list(sampler)
    assert len(sampler) == len(first) == len(DATASET)
    assert first == list(sampler)
    sampler.set_epoch(1)  # as MMEngine's DistSamplerSeedHook does
    assert first != list(sampler) == list(build(seed=4))


@pytest.mark.parametrize('epoch_length', [None, 7])
def test_ranks_share_one_draw(monkeypatch, epoch_length):

    def draw(rank, world_size):
        monkeypatch.setattr(sampler_module, 'get_dist_info', lambda:
                            (rank, world_size))
        sampler = build(epoch_length=epoch_length)
        drawn = list(sampler)
        assert len(drawn) == len(sampler)
        return drawn

    shares = [draw(rank, 3) for rank in range(3)]
    length = epoch_length or len(DATASET)
    assert {len(share) for share in shares} == {-(-length // 3)}
    together = [i for turn in zip(*shares) for i in turn]
    assert together[:length] == draw(0, 1)


@pytest.mark.parametrize('options, message', [
    (dict(alpha=-1), 'alpha'),
    (dict(alpha=2), 'alpha'),
    (dict(dataset=Labels([0, -1])), 'one label per clip'),
])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
