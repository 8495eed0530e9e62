# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.emotion import (KINDS, EmotionModel, Feature,
                                          Session, feature_list, fit_model,
                                          session_features, taxonomy_of)
from mmaction_microaction.emotion.features import shared_time
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52

NOD, LEGS = MA52.find('nodding').index, MA52.find('shaking legs').index


def test_by_hand():
    session = Session(
        'x', 'p', None,
        (Segment(0, 2, NOD), Segment(1, 5, LEGS), Segment(6, 7, NOD)), 30.)
    features = feature_list(list(KINDS), bodies=True)
    values = dict(zip(features, session_features([session], features)[0]))
    nodding = {kind: x for (kind, what), x in values.items()
               if what == 'nodding'}  # yapf: disable
    assert nodding == pytest.approx(
        dict(count=2, rate=4, mean=1.5, total=3, share=0.1))
    assert values[Feature('share', 'lower limb')] == pytest.approx(4 / 30)
    together = {f.what: v for f, v in values.items() if f.kind == 'together'}
    assert together.pop('head + lower limb') == pytest.approx(1 / 30)
    assert len(together) == 20 and not any(together.values())


def test_shared_time_by_brute_force():
    """Against time cut into thousandths of a second."""
    rng = np.random.default_rng(0)
    segments = [
        Segment(start, start + rng.gamma(3, 0.3), int(rng.integers(52)))
        for start in rng.uniform(0, 19.5, 60)
    ]
    times = (np.arange(20000) + 0.5) / 1000
    active = np.zeros((7, len(times)))
    for s in segments:
        active[s.label.group, (times >= s.start) & (times < s.end)] = 1
    np.testing.assert_allclose(
        shared_time(segments, 20.), active @ active.T / 1000, atol=0.03)


def test_chosen_features():
    empty = [Session('x', 'p', None, (), 9.)]
    values = session_features(empty)
    assert values.shape == (1, 52 + 52 + 21) and not values.any()
    assert len(feature_list(['rate', 'rate'])) == 52
    assert len(feature_list(['rate'], bodies=True)) == 59
    assert feature_list()[9].name == 'rate: nodding'
    for kinds in (['speed'], []):
        with pytest.raises(ValueError, match=rf'some of .*\{kinds}'):
            feature_list(kinds)
    with pytest.raises(ValueError, match='unknown feature .*juggling'):
        session_features(empty, [Feature('rate', 'juggling')])


def test_another_label_set(tmp_path, five):
    """Features, a model and its file are of the segments' taxonomy."""
    sessions = [
        Session(f's{i}', f's{i}', None,
                (Segment(0, 2, i % 3, 1., five), Segment(1, 3, 4, 1., five)),
                10.) for i in range(6)
    ]
    features = feature_list(['rate', 'together'], True, five)
    assert [f.name
            for f in features][-2:] == ['rate: foot', 'together: hand + foot']
    values = session_features(sessions, features)
    assert values[0].tolist() == [6, 0, 0, 0, 6, 6, 6, 0.1]
    model = fit_model(values, [0, 1] * 3, [s.name for s in sessions],
                      ['calm', 'joy'], features, 1., 0, taxonomy_of(sessions))
    model.save(str(tmp_path / 'm.json'))
    assert EmotionModel.load(str(tmp_path / 'm.json')).taxonomy == five
    mixed = [*sessions, Session('y', 'y', None, (Segment(0, 1, 9), ), 5.)]
    with pytest.raises(ValueError, match='one label set, but got .*MA-52'):
        session_features(mixed, features)
