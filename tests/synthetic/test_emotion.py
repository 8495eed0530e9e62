# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest

from mmaction_microaction.datasets import EmotionDataset, labels_of
from mmaction_microaction.emotion import read_sessions
from mmaction_microaction.formats import read_annotations
from mmaction_microaction.synthetic import (EMOTION_ACTIONS, generate_emotion,
                                            generate_sessions, planted_actions)
from mmaction_microaction.taxonomy import MA52


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    options = dict(size=(32, 40), num_frames=(8, 10), subjects=(2, 1, 1))
    folder = tmp_path_factory.mktemp('emotion') / 'root'
    return generate_emotion(folder, 3, 1, **options)


def test_rule_and_people(root):
    owned = [set(planted_actions(name)) for name in EMOTION_ACTIONS]
    assert len(set().union(*owned)) == sum(map(len, owned)) == 20
    for pair in MA52.reversed_pairs:
        assert not any(set(pair) <= own for own in owned)
    told = json.loads((root / 'rule.json').read_text())
    actions = {name: tuple(own) for name, own in told['actions'].items()}
    assert told['own_share'] == .9 and actions == EMOTION_ACTIONS
    with pytest.raises(ValueError, match="calm.*'rage'"):
        planted_actions('rage')
    known, new = ({
        session.subject
        for session in read_sessions(str(root / x))
    } for x in ('sessions.csv', 'new_sessions.csv'))
    assert (len(known), len(new), len(known | new)) == (12, 4, 16)


@pytest.mark.parametrize('split, clips, people', [('train', 12, '0001 0002'),
                                                  ('val', 4, '0003'),
                                                  ('test', 4, '0004')])
def test_lists_are_read_both_ways(root, split, clips, people):
    folder = f'videos_{split}'
    assert {x.name[:4] for x in (root / folder).iterdir()} == {*people.split()}
    common = dict(
        data_root=str(root),
        classes='classes.txt',
        data_prefix=dict(video=folder))
    by_clip = EmotionDataset(f'{split}_list_emotions.txt', **common)
    by_session = EmotionDataset(
        f'{split}_list_sessions.txt',
        clip_sessions='clip_sessions.txt',
        **common)
    assert sorted(labels_of(by_clip)) == sorted([*range(4)] * (clips // 4))
    one, two = ({(info['clip_name'], info['label'])
                 for info in map(data.get_data_info, range(clips))}
                for data in (by_clip, by_session))
    assert one == two and len(one) == clips


def test_rates_follow_the_rule_and_both_files_say_the_same(tmp_path):
    rule = dict(calm=(3, 9), joy=(20, ))
    table = generate_sessions(tmp_path, rule, 6, 3, (1., 2.), own_rate=8.)
    sessions = read_sessions(str(table))
    assert len(sessions) == 6 * 2 * 3
    for emotion, planted in rule.items():
        own = [s for s in sessions if s.emotion == emotion]
        counts = np.bincount([x.action for s in own for x in s.segments],
                             minlength=52)
        rates = 60 * counts / sum(s.duration for s in own)
        for action in (3, 9, 20):
            assert (rates[action] > 4) == (action in planted)
            assert not 2 <= rates[action] <= 4
    found, written = (
        read_annotations(str(tmp_path / 'sessions/s01_1' / name)).segments
        for name in ('predictions.json', 'segments.csv'))
    assert found == written and len(found) > 5
    assert all(a.action != b.action or a.end <= b.start
               for a, b in zip(found, found[1:]))
