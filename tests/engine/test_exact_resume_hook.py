# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from mmaction_microaction.datasets.placed_batches import (PlacedBatches,
                                                          derive_seed)
from mmaction_microaction.engine.hooks import ExactResumeHook

EXACT = dict(type='ExactResumeHook')
BY_STEP = dict(by_epoch=False, interval=2)


def weights(runner):
    return torch.cat(
        [x.flatten().double() for x in runner.model.state_dict().values()])


def kill(make_run, hooks=(), **kill_at):
    """A run that ends before its time."""

    def run(**settings):
        hook = dict(type='KillHook', **kill_at)
        runner = make_run(hooks=[*hooks, hook], **settings)
        with pytest.raises(Exception) as caught:
            runner.train()
        assert type(caught.value).__name__ == 'Killed'
        return runner

    return run


@pytest.mark.parametrize('checkpoint', [{}, BY_STEP], ids=['epoch', 'step'])
@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_run_ends_like_an_uninterrupted_one(workers, checkpoint,
                                                      make_run):
    """Six steps an epoch; workers are none of the result's business."""
    whole = make_run('whole', hooks=[EXACT])
    whole.train()
    options = dict(workers=workers, checkpoint=checkpoint)
    kill(make_run, [EXACT], step=9)(**options)
    parts = make_run(hooks=[EXACT], resume=True, **options)
    parts.train()
    assert weights(parts).equal(weights(whole))
    # From step 6, the epoch's, or 8; what was done is not loaded again.
    first = 8 if checkpoint else 6
    assert parts.model.seen == whole.model.seen[2 * first:]
    lr = [x.optim_wrapper.get_lr()['lr'] for x in (whole, parts)]
    assert lr[0] == lr[1]


def test_without_the_hook_it_does_not(make_run):
    whole = make_run('whole')
    whole.train()
    kill(make_run, step=9)()
    parts = make_run(resume=True)
    parts.train()
    assert not weights(parts).equal(weights(whole))


@pytest.mark.parametrize('step', [1, 6, 11, 17])
def test_every_moment(step, make_run):
    """Twice in one run, between the two only a checkpoint per step."""
    whole = make_run('whole', hooks=[EXACT])
    whole.train()
    options = dict(checkpoint=dict(by_epoch=False, interval=1))
    kill(make_run, [EXACT], step=step)(**options)
    if step < 15:
        kill(make_run, [EXACT], step=step + 3)(resume=True, **options)
    parts = make_run(hooks=[EXACT], resume=True, **options)
    parts.train()
    assert weights(parts).equal(weights(whole))


def test_the_seed_of_the_first_run_counts(make_run):
    """No seed is given: each run draws one, and so does its sampler."""
    options = dict(randomness=dict(seed=None), checkpoint=BY_STEP)
    first = kill(make_run, [EXACT], step=9)(**options)
    parts = make_run(hooks=[EXACT], resume=True, **options)
    parts.train()
    whole = make_run('whole', hooks=[EXACT], randomness=dict(seed=first.seed))
    whole.train()
    assert weights(parts).equal(weights(whole))


@pytest.mark.parametrize('epoch', [1, 2, 3])
def test_a_validation_that_was_killed_is_made_up_for(epoch, make_run):
    whole = make_run('whole', hooks=[EXACT], val=True)
    whole.train()
    kill(make_run, [EXACT], validation=epoch)(val=True)
    parts = make_run(hooks=[EXACT], resume=True, val=True)
    parts.train()
    assert weights(parts).equal(weights(whole))
    best = [run.message_hub.get_info('best_score') for run in (whole, parts)]
    assert best[0] == best[1]
    history = [
        len(run.message_hub.get_scalar('val/acc').data[0])
        for run in (whole, parts)
    ]
    assert history == [3, 3]


def test_other_batches_begin_the_epoch_anew(make_run):
    kill(make_run, [EXACT], step=9)(checkpoint=BY_STEP)
    parts = make_run(hooks=[EXACT], resume=True, batch=3)
    parts.train()
    assert len(parts.model.seen) == 24  # of both epochs


def test_places():
    loader = DataLoader(list(range(10)), batch_size=4)
    batches = PlacedBatches(loader.batch_sampler, None)
    assert [*batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert next(iter(batches))[0].seed is None
    assert batches.batch_size == 4 and len(batches) == 3
    batches.origin, before = (1, 2, 0), {}
    for skip in (0, 1):
        batches.skip = skip
        places = [place for batch in batches for place in batch]
        before = before or {int(x): x.seed for x in places}
        assert places == list(range(4 * skip, 10))
        assert {int(x): x.seed for x in places}.items() <= before.items()
    assert len(set(before.values())) == 10
    assert len(batches) == 3  # what the loop counts


@pytest.mark.parametrize('differ', [False, True])
def test_diff_rank_seed_keeps_its_meaning(differ, monkeypatch):
    """Two fake ranks; their samples differ in any case."""
    drawn, samples = set(), set()
    for rank in (0, 1):
        monkeypatch.setattr('mmengine.runner.utils.get_rank', lambda: rank)
        monkeypatch.setattr(
            'mmaction_microaction.engine.hooks.exact_resume_hook.get_rank',
            lambda: rank)
        runner = SimpleNamespace(epoch=2)
        Runner.set_randomness(runner, seed=3, diff_rank_seed=differ)
        runner.seed = runner._seed
        runner.train_loop = object.__new__(EpochBasedTrainLoop)
        runner.train_loop.dataloader = DataLoader(Samples(range(4)))
        hook = ExactResumeHook()
        hook.before_train_epoch(runner)
        samples |= {x.item() for x in runner.train_loop.dataloader}
        hook.before_train_iter(runner, 1)
        drawn |= {torch.rand(1).item(), np.random.rand()}
    assert len(drawn) == (4 if differ else 2)
    assert len(samples) == 8


class Samples(list):

    def __getitem__(self, index):
        return np.random.rand()


def test_seeds():
    seeds = {derive_seed(s, e) for s in range(20) for e in range(50)}
    assert len(seeds) == 1000 and max(seeds) < 2**31
