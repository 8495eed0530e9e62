# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.inference import plan_chunks, plan_windows
from mmaction_microaction.inference.windows import make_steps


def even(count, fps=30):
    return np.arange(count) / fps, count / fps


@pytest.mark.parametrize('count, window', [(1, None), (50, None), (120, None),
                                           (60, 2.)])
def test_a_clip_is_one_window(count, window):
    plan = plan_windows(*even(count), window)
    window, = plan.windows
    assert (window.first, window.num_frames) == (0, count)
    assert window.end == count / 30
    assert plan.step_starts.tolist() == [0]
    assert plan.step_ends.tolist() == [count / 30]


def test_windows_of_two_seconds():
    times, end = even(131)
    plan = plan_windows(times, end)
    got = [(w.first, w.num_frames) for w in plan.windows]
    assert got == [(0, 60), (15, 60), (30, 60), (45, 60), (60, 60), (71, 60)]
    assert plan.windows[-1].end == pytest.approx(end)
    assert plan.step_starts.tolist() == [0, .5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert plan.step_ends[-1] == end
    just = plan_windows(*even(75), window=2., stride=.5)
    assert [w.first for w in just.windows] == [0, 15]


@pytest.mark.parametrize('seed', range(20))
def test_against_a_plain_loop(seed):
    """Frames at any times, windows of any length."""
    chance = np.random.default_rng(seed)
    times = np.cumsum(chance.exponential(.05, chance.integers(2, 300)))
    times -= times[0]
    end = float(times[-1] + .04)
    length = chance.uniform(.1, 3)
    stride = chance.uniform(.05, length)
    plan = plan_windows(times, end, length, stride)
    for window in plan.windows:
        inside = [i for i, t in enumerate(times)
                  if window.start <= t < window.end]  # yapf: disable
        assert inside == list(
            range(window.first, window.first + window.num_frames))
        assert window.end - window.start == pytest.approx(min(length, end))
    starts = [w.start for w in plan.windows]
    assert starts == sorted(starts) and plan.windows[0].start == 0
    seen = {i for w in plan.windows
            for i in range(w.first, w.first + w.num_frames)}  # yapf: disable
    assert seen == set(range(len(times)))
    assert plan.windows[-1].end == pytest.approx(end)
    np.testing.assert_array_equal(plan.step_starts[1:], plan.step_ends[:-1])
    assert plan.step_starts[0] == 0 and plan.step_ends[-1] == end


@pytest.mark.parametrize('count', [1, 512, 513, 1025, 3000])
def test_chunks_follow_each_other(count):
    times, end = even(count)
    chunks = plan_chunks(times, end, 512)
    assert len(chunks) == -(-count // 512)
    sizes = [chunk.num_frames for chunk in chunks]
    firsts = np.cumsum([0, *sizes])
    assert [c.first for c in chunks] == firsts[:-1].tolist()
    assert [c.start for c in chunks] == times[firsts[:-1]].tolist()
    assert firsts[-1] == count and chunks[-1].end == end
    assert 0 < min(sizes) >= max(sizes) - 1 and max(sizes) <= 512


@pytest.mark.parametrize('end, ends', [(1.2, [.5, 1.2]), (1.3, [.5, 1., 1.3]),
                                       (.1, [.1])])
def test_steps_take_in_what_is_left_over(end, ends):
    assert make_steps(end, .5)[1].tolist() == ends


@pytest.mark.parametrize('window, stride, match', [
    (0., None, 'window must be positive'),
    (float('nan'), None, 'window must be positive'),
    (2., -1., 'stride must be positive'),
    (2., 2.1, 'must not be longer'),
])
def test_lengths_that_make_no_sense(window, stride, match):
    with pytest.raises(ValueError, match=match):
        plan_windows(*even(100), window, stride)
