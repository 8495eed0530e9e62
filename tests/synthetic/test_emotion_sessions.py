# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.emotion import read_sessions
from mmaction_microaction.formats import read_annotations
from mmaction_microaction.synthetic import generate_sessions


def test_rates_follow_the_rule(tmp_path):
    rule = dict(calm=(3, 9), joy=(20, ))
    table = generate_sessions(tmp_path, rule, 6, 3, (1., 2.), own_rate=8.)
    sessions = read_sessions(str(table))
    assert len(sessions) == 6 * 2 * 3
    rates = {}
    for emotion in rule:
        own = [s for s in sessions if s.emotion == emotion]
        counts = np.zeros(52)
        for s in own:
            np.add.at(counts, [x.action for x in s.segments], 1)
        rates[emotion] = 60 * counts / sum(s.duration for s in own)
    for action, high, low in ((3, 'calm', 'joy'), (9, 'calm', 'joy'),
                              (20, 'joy', 'calm')):
        assert rates[high][action] > 4 > 2 > rates[low][action]


def test_both_files_say_the_same(tmp_path):
    generate_sessions(tmp_path, dict(calm=(3, )), 1)
    found, written = (
        read_annotations(str(tmp_path / 'sessions' / 's01_1' / name)).segments
        for name in ('predictions.json', 'segments.csv'))
    assert found == written and len(found) > 5
    assert all(a.action != b.action or a.end <= b.start
               for a, b in zip(found, found[1:]))


def test_bad_input(tmp_path):
    for wrong in (dict(rule={}), dict(subjects=0),
                  dict(sessions_per_emotion=0)):
        with pytest.raises(ValueError, match='at least one'):
            generate_sessions(tmp_path, **{'rule': dict(calm=(3, )), **wrong})
