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
from mmaction_microaction.inference.calibration import (KEY, Calibration,
                                                        measure_appearance)
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
    looks = np.random.default_rng(0).uniform(0, 255, (9, 3))
    made = Calibration.fit(*sessions, 300., MA52, looks)
    path = str(tmp_path / 'x.pth')
    torch.save({KEY: made.to_dict(), 'state_dict': {}}, path)
    read = Calibration.from_dict(load_from_local(path)[KEY], 52)
    np.testing.assert_equal(vars(read), vars(made))
    for content, count in ((made.to_dict(), 51), (dict(scores=[1]), 52), ({
            **made.to_dict(), 'more':
            1
    }, 52), ({
            **made.to_dict(), 'precision': 'high'
    }, 52), ({
            **made.to_dict(), 'appearance': dict(mean=[1.], std=[1.])
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


@pytest.mark.parametrize('count', [3, 8, 20])
def test_videos_unlike_the_known_ones(sessions, count):
    """Others of the same kind are no reason for a note, however few are
    known; darker ones are, if there are eight to compare with."""
    rng, alarms = np.random.default_rng(0), [0, 0]

    def looks(number, brightness=150.):
        return rng.normal([brightness, 50., 20.], [12., 6., 4.], (number, 3))

    for _ in range(20):
        made = Calibration.fit(*sessions, 300., MA52, looks(count))
        for i, brightness in enumerate((150., 20.)):
            for x in looks(5, brightness):
                alarms[i] += bool(made.report(x, True)['notes'])
    assert alarms[0] <= 5 and alarms[1] == (100 if count >= 8 else 0)
    if count >= 8:
        note, = made.report(np.array([20., 50., 20.]), True)['notes']
        assert 'brightness 20 of 255, theirs 1' in note
    assert not made.report(None, True)['notes']
    assert 'f1' not in made.report(None, False)['confidence']


def test_sessions_that_look_alike_allow_for_chance(sessions):
    made = Calibration.fit(*sessions, 300., MA52, np.full((9, 3), 40.))
    assert not made.report(np.array([60., 40., 31.]), True)['notes']
    assert 'saturation 5' in made.report(np.array([40., 40., 51.]),
                                         True)['notes'][0]


@pytest.mark.parametrize('shape', [(5, 3, 6, 8), (2, 3, 5, 6, 8)])
def test_appearance_is_that_of_all_pixels(shape):
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    rows = np.moveaxis(frames.numpy(), 1, -1).reshape(-1, 3).astype(float)
    grey = [sum(row) / 3 for row in rows]
    spread = [max(row) - min(row) for row in rows]
    np.testing.assert_allclose(
        measure_appearance(frames),
        [np.mean(grey), np.std(grey, ddof=1),
         np.mean(spread)],
        rtol=1e-5)
    assert measure_appearance(torch.zeros(1, 256, 30)) is None


def test_a_detector_shows_what_was_fitted(detector, frames_of, sessions,
                                          tmp_path):
    cfg, checkpoint = detector
    frames = frames_of(100)
    plain = MicroActionInferencer(cfg, checkpoint, 'cpu', threshold=.02)
    raw = plain(frames)
    assert raw.settings['confidence'] == 'not calibrated' and raw.segments
    made = Calibration.fit(*sessions, 300., MA52, [plain.appearance] * 9)
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
    other = MicroActionInferencer(cfg, calibrated, 'cpu')(frames // 4)
    assert 'looks unlike' in other.settings['notes'][0]
    json.dumps(result.to_dict(), allow_nan=False)
