# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import replace

import numpy as np
import pytest
import torch

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.evaluation.functional import (fit_reliability,
                                                        fit_thresholds,
                                                        match_timelines)
from mmaction_microaction.inference.calibration import KEY, Calibration
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.checkpoints import load_from_local


@pytest.fixture(scope='module')
def sessions():
    """Truth, and what a model finds that is sure where it is right."""
    rng = np.random.default_rng(0)
    truth, found = {}, {}
    for name in 'abcde':
        labels = rng.integers(5, 9, 20)
        spans = 3. * np.arange(20)[:, None] + (0., 2.)
        wrong = rng.random(20) < .4
        truth[name] = spans, labels
        found[name] = (spans, np.where(wrong, labels + 4, labels),
                       np.where(wrong, .1, .5) + rng.uniform(0, .4, 20))
    truth['rest'] = found['rest'] = ((), ())
    found['rest'] = ((), (), ())
    return truth, found


def test_what_is_measured_is_of_the_other_sessions(sessions):
    truth, found = sessions
    made = Calibration.fit(truth, found, 300., MA52)
    hits = shown = 0
    for name in truth:
        others = {x: truth[x] for x in truth if x != name}
        matched = match_timelines(others, {x: found[x] for x in others})
        limits = fit_thresholds(matched)
        spans, labels, scores = map(np.asarray, found[name])
        kept = scores >= limits[labels.astype(int)]
        shown += kept.sum()
        hits += (labels[kept] == np.asarray(truth[name][1])[kept]).sum()
    assert made.measured['f1'] == pytest.approx(2 * hits / (shown + 100))
    assert .6 < made.measured['f1'] < 1 and made.measured['segments'] == 100
    assert 0 < made.measured['ece'] < .2
    whole = match_timelines(truth, found)
    np.testing.assert_allclose(made.thresholds, fit_thresholds(whole))
    points = fit_reliability(whole.scores, whole.hits)
    np.testing.assert_allclose(
        made.confidence([0., .3, 1.]), np.interp([0., .3, 1.], *points))


def test_it_travels_in_a_checkpoint_and_refuses_others(sessions, tmp_path):
    features = np.random.default_rng(0).normal(size=(6, 8))
    made = Calibration.fit(*sessions, 300., MA52, dict(window=1.), features)
    path = str(tmp_path / 'x.pth')
    torch.save({KEY: made.to_dict(), 'state_dict': {}}, path)
    read = Calibration.from_dict(load_from_local(path)[KEY], 52)
    np.testing.assert_equal(vars(read), vars(made))
    for content, count in ((made.to_dict(), 51), (dict(scores=[1]), 52), ({
            **made.to_dict(), 'more':
            1
    }, 52), ({
            **made.to_dict(), 'precision': 'high'
    }, 52)):
        with pytest.raises(ValueError, match='calibration in the checkpoint'):
            Calibration.from_dict(content, count)
    with pytest.raises(ValueError, match='at least two sessions'):
        Calibration.fit({'a': sessions[0]['a']}, {'a': sessions[1]['a']}, 1.,
                        MA52)


def test_what_is_shown_and_how_sure(sessions):
    made = Calibration.fit(*sessions, 300., MA52)
    limit = made.thresholds[5]
    below, above = (Segment(0., 1., 5, s) for s in (limit - .01, limit + .01))
    shown, = made.show([below, above])
    assert shown == replace(above, score=float(made.confidence(above.score)))
    sure = Segment(0., 1., 5, 1.)
    assert [x.score for x in made.show([below, sure], least=.99)] == [1.]
    nothing = replace(made, scores=np.empty(0), precision=np.empty(0))
    assert nothing.apply([above])[0].score == 0


def test_videos_unlike_the_known_ones(sessions):
    rng = np.random.default_rng(0)
    features = rng.normal(3, 1, (12, 64))
    made = Calibration.fit(*sessions, 300., MA52, features=features)
    deviation = (features - features.mean(0)) / features.std(0)
    lengths = np.sqrt((deviation**2).mean(1))
    assert made.distance(features[0]) == pytest.approx(lengths[0] /
                                                       lengths.max())
    assert not made.unfamiliar(rng.normal(3, 1, 64))
    assert 'unlike' in made.unfamiliar(rng.normal(8, 1, 64))
    assert np.isnan(made.distance(None)) and not made.unfamiliar(None)
    alone = Calibration.fit(*sessions, 300., MA52, features=features[:1])
    assert np.isnan(alone.distance(features[0]))


def test_a_recogniser_takes_what_was_fitted(small_method, frames_of, sessions,
                                            tmp_path):
    small, frames = small_method('manet_r50'), frames_of(60)
    # Random weights are hardly sure of anything.
    fitted = dict(window=.4, threshold=.02, stay=.019, min_duration=.1)
    made = Calibration.fit(*sessions, 300., MA52, fitted)
    made = replace(made, thresholds=np.zeros(52))
    calibrated = str(tmp_path / 'calibrated.pth')
    torch.save({
        **load_from_local(small.checkpoint), KEY: made.to_dict()
    }, calibrated)
    plain = MicroActionInferencer(small.cfg, small.checkpoint, 'cpu',
                                  **fitted)(
                                      frames)
    infer = MicroActionInferencer(small.cfg, calibrated, 'cpu')
    result = infer(frames)
    assert plain.settings['confidence'] == 'not calibrated'
    assert result.settings['confidence']['sessions'] == 6
    assert {k: result.settings[k] for k in fitted} == pytest.approx(fitted)
    assert len(plain.segments) > 1
    assert result.segments == made.apply(plain.segments)
    assert infer.features.shape == (128, )
    asked = MicroActionInferencer(small.cfg, calibrated, 'cpu', window=.6)
    assert asked(frames).settings['window'] == pytest.approx(.6)
