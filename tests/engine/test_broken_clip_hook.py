# Copyright (c) mmaction-microaction contributors. All rights reserved.
import time
from types import SimpleNamespace

import pytest

from mmaction_microaction.datasets.placed_batches import Place
from mmaction_microaction.datasets.sample_fetcher import (BROKEN_KEY,
                                                          SampleFetcher)
from mmaction_microaction.engine.hooks import BrokenClipHook
from mmaction_microaction.utils.errors import UserRuntimeError
from mmaction_microaction.utils.workers import call_in_time

EXACT = dict(type='ExactResumeHook')


def broken(share=.5, **settings):
    return dict(type='BrokenClipHook', share=share, **settings)


@pytest.mark.parametrize('workers', [0, 2])
def test_others_of_the_class_take_their_place(workers, make_run, said):
    """Clips 1, 4, 7, 10 and so on have a class of their own."""
    settings = dict(broken=['1.mp4', '4.mp4'], hooks=[EXACT, broken()])
    runner = make_run(workers=workers, epochs=2, **settings)
    runner.train()
    seen = [int(x.removesuffix('.mp4')) for x in runner.model.seen]
    assert len(seen) == 24 and not {1, 4} & set(seen)
    assert sum(x % 3 == 1 for x in seen) == 8
    once = [x for x in said if x.startswith('broken clip: ')]
    assert sorted(once) == [
        f'broken clip: {x}.mp4 (is torn); another takes its place'
        for x in (1, 4)
    ]
    ends = [x for x in said if x.startswith('2 broken clips')]
    assert len(ends) == 3 and all('1.mp4 (is torn)\n4.mp4' in x for x in ends)
    assert 'epoch 1, 2 samples' in ends[0] and 'epoch 2, 2' in ends[1]
    # Neither the number of workers nor a resumed run changes what is drawn.
    other = make_run('other', workers=2 - workers, epochs=1, **settings)
    other.train()
    resumed = make_run('other', epochs=2, resume=True, **settings)
    resumed.train()
    assert other.model.seen + resumed.model.seen == runner.model.seen


def test_too_many_are_an_error(make_run):
    runner = make_run(broken=['1.mp4', '4.mp4'], hooks=[broken(.1)])
    with pytest.raises(ValueError, match='2 of 12 .* share 0.1.*4.mp4: is t'):
        runner.train()


def test_a_class_without_any_other(make_run):
    """Then one of any class."""
    names = [f'{i}.mp4' for i in (1, 4, 7, 10)]
    runner = make_run(broken=names, hooks=[EXACT, broken()], epochs=1)
    runner.train()
    assert len(runner.model.seen) == 12
    assert not set(names) & set(runner.model.seen)


def test_what_fails_always_is_the_error_it_is(make_run):
    """Such as a missing file of features, or a bug."""
    names = [f'{i}.mp4' for i in range(12)]
    runner = make_run(broken=names, hooks=[broken(1.)])
    with pytest.raises(ValueError, match='others.*mp4 is torn'):
        runner.train()


def test_a_test_ends_with_the_error(make_run):
    runner = make_run(val=True, hooks=[broken()])
    runner._val_dataloader['dataset']['pipeline'] = [
        dict(type='Draw', broken=['1.mp4'])
    ]
    with pytest.raises(ValueError, match='1.mp4 is torn'):
        runner.train()


class Slow:
    """Sample 0 hangs."""

    def __init__(self):
        self.tried = []

    def __len__(self):
        return 3

    def __getitem__(self, index):
        self.tried.append(index)
        if index == 0:
            time.sleep(20)
        return dict(
            data_samples=SimpleNamespace(
                set_metainfo=lambda info: self.tried.append(info)))


def test_a_decoder_that_hangs():
    fetcher = SampleFetcher(Slow())
    fetcher.replaces, fetcher.timeout = True, 2.
    start = time.time()
    for _ in range(2):  # the second time it is not tried
        fetcher([Place(0)])
    assert time.time() - start < 18
    tried = fetcher.dataset.tried
    assert tried.count(0) == 1 and len(tried) == 5
    (index, path, reason), = tried[2][BROKEN_KEY]
    assert (index, path) == (0, 'sample 0') and 'hung' in reason


def test_a_call_in_time():
    assert call_in_time(lambda: 3, 5) == 3
    with pytest.raises(TimeoutError, match='of its own'):
        call_in_time(lambda: exec('raise TimeoutError("of its own")'), 5)
    with pytest.raises(UserRuntimeError, match='more than 0.1 s'):
        call_in_time(lambda: time.sleep(2), .1)


def test_settings():
    for settings in (dict(share=1.1), dict(timeout=-1)):
        with pytest.raises(ValueError, match='from 0'):
            BrokenClipHook(**settings)
