# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from benchmarks.movement import LOST, main, make_sample, match, measure
from mmaction_microaction.taxonomy import MA52


@pytest.mark.parametrize('name, kind', [
    ('touching nose', 'hand to head'), ('scratching legs', 'hand to shin'),
    ('crossing arms', 'arms folded'), ('arms akimbo', 'hand to waist'),
    ('rubbing hands', 'hand to other hand')])  # yapf: disable
def test_contacts_of_generated_clips(name, kind):
    label = MA52.find(name)
    sample = make_sample(label.index, 5)
    again = make_sample(label.index, 5)
    np.testing.assert_array_equal(sample.points, again.points)
    result = measure(sample)
    found = [(s.label.name, s.start, s.end) for s in result.segments]
    assert match(found, sample.contacts, kind) == (1, 1, 1)
    assert result.dominant_part == label.group_name


def test_hands_in_the_lap_are_at_neither_waist_nor_thigh():
    akimbo = make_sample(MA52.find('arms akimbo').index, 5)
    akimbo.scores[:, [9, 12]] = 0  # knees
    turning = make_sample(MA52.find('turning around').index, 5)
    for sample in (akimbo, turning):
        kinds = {s.label.name for s in measure(sample).segments}
        assert not kinds & {'hand to waist', 'hand to thigh'}


def test_hands_are_lost_and_classes_turned_round():
    samples = [make_sample(0, seed) for seed in range(30)]
    lost = np.mean([(x.scores[:, 18:] == 0).mean() for x in samples])
    assert lost == pytest.approx(LOST, abs=.05)
    assert all((x.scores[:, :18] == 1).all() for x in samples)
    (_, start,
     end), = make_sample(MA52.find('putting hands together').index, 1).contacts
    assert start > .2
    (_, start, end), = make_sample(MA52.find('spreading hands').index,
                                   1).contacts
    assert start == 0 < end


def test_episodes_match_one_to_one():
    true = [('a', 0., 1.), ('a', 3., 4.), ('b', 0., 9.)]
    found = [('a', 0., .6), ('a', .5, 1.), ('a', 3.6, 4.), ('b', 0., 4.)]
    assert match(found, true, 'a') == (1, 2, 2)
    assert match(found, true, 'b') == (0, 1, 1)


def test_table(capsys):
    assert main(['--clips', '1', '--seed', '7']) == 0
    text = capsys.readouterr().out
    assert text.count('\n') > 60 and 'dominant part: right in' in text
