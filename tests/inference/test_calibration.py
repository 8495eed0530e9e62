# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
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
    features = np.random.default_rng(0).normal(size=(9, 8))
    made = Calibration.fit(*sessions, 300., MA52, features)
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
    shown, = made.select([below, above])
    assert shown == replace(above, score=float(made.confidence(above.score)))
    sure = Segment(0., 1., 5, 1.)
    assert [x.score
            for x in made.select([below, sure], min_confidence=.99)] == [1.]
    nothing = replace(made, scores=np.empty(0), precision=np.empty(0))
    assert nothing.apply([above])[0].score == 0


def test_a_model_that_is_never_right_is_not_calibrated(sessions):
    truth, _ = sessions
    found = {v: (x[0], np.full(len(x[1]), 40), np.ones(len(x[1])))
             for v, x in truth.items()}  # yapf: disable
    for given in (found, {v: ((), (), ()) for v in truth}):
        with pytest.raises(ValueError, match='nothing to calibrate'):
            Calibration.fit(truth, given, 1., MA52)


@pytest.mark.parametrize('rank', [64, 4])
@pytest.mark.parametrize('count', [3, 8, 20])
def test_videos_unlike_the_known_ones(sessions, count, rank):
    """Others of the same kind are no reason for a note, however few are
    known, nor if they differ in a few ways only."""
    rng = np.random.default_rng(0)
    ways = rng.normal(size=(rank, 64)) / rank**.5

    def videos(number, mean=3.):
        return mean + rng.normal(size=(number, rank)) @ ways

    alarms = [0, 0]
    for _ in range(20):
        made = Calibration.fit(*sessions, 300., MA52, videos(count))
        for i, mean in enumerate((3., 12.)):
            for x in videos(5, mean):
                alarms[i] += bool(made.report(x, True)['notes'])
    assert alarms[0] <= 3 and alarms[1] == (100 if count >= 8 else 0)
    assert not made.report(None, True)['notes']
    assert 'f1' not in made.report(None, False)['confidence']


def test_what_is_never_different_is_no_distance(sessions):
    made = Calibration.fit(*sessions, 300., MA52, np.ones((9, 4)))
    assert not made.report(np.ones(4), True)['notes']
    assert made.report(np.zeros(4), True)['notes']


def test_a_detector_shows_what_was_fitted(detector, frames_of, sessions,
                                          tmp_path):
    cfg, checkpoint = detector
    frames = frames_of(100)
    plain = MicroActionInferencer(cfg, checkpoint, 'cpu', threshold=.02)
    raw = plain(frames)
    assert raw.settings['confidence'] == 'not calibrated' and raw.segments
    made = Calibration.fit(*sessions, 300., MA52, [plain.features] * 9)
    limits = np.full(52, np.median([s.score for s in raw.segments]))
    made = replace(made, thresholds=limits)
    calibrated = str(tmp_path / 'calibrated.pth')
    torch.save({
        **load_from_local(checkpoint), KEY: made.to_dict()
    }, calibrated)
    result = MicroActionInferencer(cfg, calibrated, 'cpu')(frames)
    assert result.segments == made.select(raw.segments)
    assert 0 < len(result.segments) < len(raw.segments)
    assert result.settings['confidence']['sessions'] == 6
    assert result.settings['notes'] == [] and 'threshold' not in \
        result.settings
    asked = MicroActionInferencer(cfg, calibrated, 'cpu', threshold=1e-3)
    assert asked(frames).settings['threshold'] == 1e-3
    other = MicroActionInferencer(cfg, calibrated, 'cpu')(255 - frames)
    assert 'unlike' in other.settings['notes'][0]
    json.dumps(result.to_dict(), allow_nan=False)
