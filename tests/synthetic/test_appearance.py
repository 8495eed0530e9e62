# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.clip import add_noise
from mmaction_microaction.synthetic.geometry import make_room


@pytest.mark.parametrize('appearance, colours, noise, detail',
                         [('easy', (20, 50), (1.5, 5.5), (0, .5)),
                          ('hard', (120, 216), (7.5, 16.5), (1.5, 100))])
def test_it_is_as_documented(appearance, colours, noise, detail):
    people = [Subject(seed, appearance) for seed in range(40)]
    spread = np.ptp([person.colours['shirt'] for person in people], axis=0)
    assert colours[0] < spread.min() and spread.max() <= colours[1]
    noisy, again = np.full((2, 3, 96, 128, 3), 128, np.uint8)
    for frames in (noisy, again):
        add_noise(np.random.default_rng(0), frames, appearance)
    assert noise[0] < noisy.std() < noise[1]
    assert (noisy == again).all() and (noisy[0] != noisy[1]).any()
    room = make_room(np.random.default_rng(0), people[0], (96, 128))
    # The stool has exactly the colour of the subject's stool.
    stool = people[0].colours['stool'].astype(int)
    assert (room == stool).all(-1).sum() > 50
    # A plain wall, or a cluttered one.
    change = np.abs(np.diff(room[:50].astype(int), axis=1)).mean()
    assert detail[0] <= change < detail[1]
