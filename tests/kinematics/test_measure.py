# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A person of straight lines, whose movement is written down."""
import dataclasses

import numpy as np
import pytest

from mmaction_microaction.kinematics import (MOVEMENT, MovementSettings,
                                             measure_movement)
from mmaction_microaction.kinematics.body import bridge, runs, track_body
from mmaction_microaction.kinematics.motion import (find_cycles, head_angles,
                                                    part_speeds)
from mmaction_microaction.results import VideoInfo
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError

FPS, SCALE = 30, 200
# x, y in body scales: of a person who sits, seen from the front.
PLACES = dict(
    nose=(0, -.5), neck=(0, 0), shoulder=(.5, 0), elbow=(.75, .75),
    wrist=(.45, 1.2), hip=(.25, 1.3), knee=(.45, 1.6), ankle=(.4, 2.7),
    eye=(.1, -.55), ear=(.2, -.5), tip=(.4, 1.35))  # yapf: disable
SIDED = ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')


def sit(seconds=4.):
    """(T, 28, 2) in body scales, and times (T,)."""
    mirror = np.array([[-1, 1], [1, 1]])  # the person's right is on the left
    both = {name: PLACES[name] * mirror for name in PLACES}
    limbs = [both[name][side] for names in (SIDED[:3], SIDED[3:])
             for side in range(2) for name in names]  # yapf: disable
    face = [*both['eye'], *both['ear']]
    tips = [both['tip'][side] for side in (1, 0) for _ in range(5)]
    pose = np.array([PLACES['nose'], PLACES['neck'], *limbs, *face, *tips])
    times = np.arange(round(seconds * FPS)) / FPS
    return np.repeat(pose[None], len(times), 0), times


HEAD = [0, 14, 15, 16, 17]
RIGHT_HAND = [4, *range(23, 28)]


def measure(points, scores=None, scale=SCALE, **settings):
    scores = np.ones(points.shape[:2]) if scores is None else scores
    info = VideoInfo('v.mp4', '', 900, 900, len(points), FPS,
                     len(points) / FPS)
    return measure_movement(
        scale * (points + 2),
        scores,
        info,
        settings=MovementSettings(**settings))


def named(result, name):
    return [s for s in result.segments if s.label.name == name]


def bump(times, start, end, ramp=.3):
    """1 from start to end, with slopes outside."""
    return np.clip(np.minimum(times - start, end - times) / ramp + 1, 0, 1)


def test_kinds_are_in_the_body_parts_of_ma52_and_are_none_of_its_classes():
    assert MOVEMENT.groups == MA52.groups
    assert MOVEMENT.colours == MA52.colours
    assert not set(MOVEMENT.names) & set(MA52.names)
    assert set(MOVEMENT.group_of) == set(range(7))


def test_nobody_moves():
    result = measure(sit()[0])
    assert result.segments == [] and result.dominant_part is None
    assert not any(result.amounts.values())
    assert result.seen['person'] == 1
    assert result.video.duration == 4


def test_filter_keeps_what_is_slow_and_its_time():
    points, times = sit()
    slow, fast = (np.sin(2 * np.pi * x * times) for x in (2, 13))
    points[:, 4, 0] += .1 * slow + .05 * fast
    body = track_body(SCALE * points, np.ones((120, 28)), times,
                      MovementSettings())
    assert body.scale == SCALE
    inside = slice(15, -15)
    got = body.points[inside, 4, 0] - PLACES['wrist'][0] * -1
    np.testing.assert_allclose(got, .1 * slow[inside], atol=.006)
    speed = .1 * 4 * np.pi * np.cos(4 * np.pi * times)
    np.testing.assert_allclose(
        body.velocity[inside, 4, 0], speed[inside], atol=.09)
    # A low rate has nothing to filter: the track stays.
    body = track_body(points[::6], np.ones((20, 28)), times[::6],
                      MovementSettings())
    np.testing.assert_allclose(body.points * body.scale, points[::6])


def test_noise_of_points_is_measured_and_is_no_movement():
    rng, (points, times) = np.random.default_rng(0), sit(10)
    sigma = .01
    points += rng.normal(scale=sigma, size=points.shape)
    body = track_body(points, np.ones((300, 28)), times, MovementSettings())
    true = np.sqrt((body.velocity**2).sum(-1).mean(0))
    np.testing.assert_allclose(body.noise, true, rtol=.2)
    assert np.nanmean(part_speeds(body)['right leg']) < .6 * true.mean()
    still = sit(10)[0]
    still += rng.normal(scale=sigma / 2, size=still.shape)
    assert measure(still).dominant_part is None


def test_gaps_stay_gaps():
    points, times = sit()
    scores = np.ones(points.shape[:2])
    scores[40:44, 9] = scores[60:80, 9] = scores[90:, 9:11] = 0
    points[scores == 0] = 0
    body = track_body(points, scores, times, MovementSettings())
    there = np.isfinite(body.points[:, 9, 0])
    assert runs(~there) == [(60, 80), (90, 120)]
    result = measure(points, scores)
    leg = result.curves['right leg']
    assert runs(np.isnan(leg)) == [(0, 5), (90, 120)]
    assert result.seen['right leg'] == pytest.approx(66 / 120)
    assert not result.segments
    track = np.array([[0.], [np.nan], [np.nan], [3.], [np.nan]])
    np.testing.assert_array_equal(
        bridge(track, 2), [[0], [1], [2], [3], [np.nan]])
    np.testing.assert_array_equal(bridge(track, 1), track)


@pytest.mark.parametrize('points, kind, part', [
    ([0, 14, 15, 16, 17], 'head movement', 'head'),
    ([4, 3, *range(23, 28)], 'arm movement', 'upper limb'),
    ([10, 9], 'leg movement', 'lower limb'),
    (range(28), 'trunk movement', 'body'),
])  # yapf: disable
def test_what_moves_and_when(points, kind, part):
    pose, times = sit()
    sway = .12 * np.sin(4 * np.pi * times) * bump(times, 1., 2.5, .1)
    if part == 'upper limb':  # off the lap
        pose[:, [3, *RIGHT_HAND]] -= (1., .8)
    pose[:, list(points), 0] += sway[:, None]
    for scale in (SCALE, SCALE / 3):
        result = measure(pose, scale=scale)
        assert result.dominant_part == part
        found, = named(result, kind)
        assert found.start == pytest.approx(.9, abs=.25)
        assert found.end == pytest.approx(2.6, abs=.25)
    # In scales per second: .12 * 4 pi at the fastest.
    name = dict(head='head', body='trunk').get(part, 'right ' + kind[:3])
    assert np.nanmax(result.curves[name]) == pytest.approx(1.5, rel=.1)


def test_a_head_that_the_trunk_carries_does_not_move():
    pose, times = sit()
    angle = .15 * np.sin(2 * np.pi * times)
    centre = np.array([0, 1.3])
    for points in (list(range(1, 8)), HEAD):
        arm = pose[:, points] - centre
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        pose[:, points] = centre + np.stack([
            cos * arm[..., 0] - sin * arm[..., 1],
            sin * arm[..., 0] + cos * arm[..., 1]], -1)  # yapf: disable
    curves = measure(pose).curves
    assert np.nanmax(curves['trunk']) > .5
    assert np.nanmax(curves['head']) < .02


@pytest.mark.parametrize('axis, kind, other', [(1, 'nod', 'head shake'),
                                               (0, 'head shake', 'nod')])
@pytest.mark.parametrize('count, hertz', [(1, 1.2), (3, 2.), (5, 3.)])
def test_cycles_are_counted(axis, kind, other, count, hertz):
    pose, times = sit()
    phase = np.clip((times - 1) * hertz, 0, count)
    pose[:, 0, axis] += .06 * .5 * (1 - np.cos(2 * np.pi * phase))
    result = measure(pose)
    found, = named(result, kind)
    cycles, rate, amplitude = found.comment.split(', ')
    assert cycles == f'{count} cycles'
    assert float(rate.split()[0]) == pytest.approx(hertz, rel=.2)
    assert float(amplitude.split()[1]) == pytest.approx(.06, rel=.15)
    assert not named(result, other)
    assert found.start == pytest.approx(1, abs=.15)
    assert found.end == pytest.approx(1 + count / hertz, abs=.15)


def test_a_slow_turn_is_no_shake():
    pose, times = sit()
    pose[:, 0, 0] += .1 * np.sin(2 * np.pi * .3 * times)
    body = track_body(pose, np.ones((120, 28)), times, MovementSettings())
    assert not find_cycles(head_angles(body)['yaw'], body, MovementSettings())
    assert np.ptp(head_angles(body)['yaw']) == pytest.approx(.2, abs=.01)


def move_hand(place, start=1., end=2.5):
    """The right hand goes to a place and back."""
    pose, times = sit()
    share = bump(times, start, end)[:, None, None]
    tip = pose[:, [23]]
    pose[:, RIGHT_HAND] += share * (place - tip)
    pose[:, 3] += share[:, 0] * (-.05, -.2)
    return pose, times


@pytest.mark.parametrize('place, kind, part', [
    ((-.1, -.45), 'hand to head', 'head-hand'),
    ((.3, 0), 'hand to neck or shoulder', 'body-hand'),
    ((.6, .5), 'hand to other arm', 'upper limb'),
    ((.35, 1.3), 'hand to other hand', 'upper limb'),
    ((-.42, 2.3), 'hand to shin', 'leg-hand'),
])  # yapf: disable
def test_contacts(place, kind, part):
    pose, _ = move_hand(np.array(place))
    result = measure(pose)
    found, = named(result, kind)
    assert found.start == pytest.approx(1, abs=.2)
    assert found.end == pytest.approx(2.5, abs=.25)
    assert found.score > .8 and 'hand' in found.comment
    assert result.dominant_part == part == found.label.group_name
    middle = result.curves['right hand at'][50]
    assert middle == kind and result.curves['right hand at'][5] == ''
    # A hand that is lost for a moment is held at its wrist; no wrist, no
    # contact.
    scores = np.ones(pose.shape[:2])
    scores[45:55, 23:] = 0
    assert len(named(measure(pose, scores), kind)) == 1
    scores[:, 4] = 0
    assert not named(measure(pose, scores), kind)


def test_a_hand_that_passes_is_not_there():
    pose, times = sit()
    goal = np.array([-.9, -1.2])  # up and away, past the face
    share = bump(times, 1., 2.)[:, None, None]
    pose[:, RIGHT_HAND] += share * (goal - pose[:, [23]])
    kinds = {s.label.name for s in measure(pose).segments}
    assert not any('hand to' in x for x in kinds)


def test_a_hand_at_rest_on_a_thigh_is_no_episode_but_one_that_pats_is():
    pose, times = sit()
    pose[:, RIGHT_HAND] += (0, .12)
    assert not measure(pose).segments
    pat = .15 * bump(times, 1.2, 2.6, .1) * np.sin(4 * np.pi * times)
    pose[:, RIGHT_HAND, 1] += pat[:, None] - np.abs(pat[:, None])
    found, = named(measure(pose), 'hand to thigh')
    assert found.start == pytest.approx(1.1, abs=.3)
    assert found.end == pytest.approx(2.7, abs=.3)


@pytest.mark.parametrize('start, end, found', [(1, 2.5, 1), (-1, 9, 0)])
def test_a_hand_comes_to_the_chest_or_is_held_before_it(start, end, found):
    """From the beginning to the end: it may as well be in the air."""
    pose, times = sit()
    share = bump(times, start, end)[:, None, None]
    goal = np.array([[-.3, .55], *[[0, .55]] * 5])
    pose[:, RIGHT_HAND] += share * (goal - pose[:, RIGHT_HAND])
    pose[:, 4, 1] += .005 * np.sin(9 * times)
    assert len(named(measure(pose), 'hand to chest')) == found
    assert len(named(measure(pose, min_turn=1e-6), 'hand to chest')) == 1


@pytest.mark.parametrize('elbow, found', [(.3, 0), (1., 1)])
def test_hands_that_a_turn_of_the_trunk_sweeps_over_the_thighs(elbow, found):
    pose, times = sit()
    pose[:, RIGHT_HAND] += (0, .12)
    sway = .15 * np.sin(2 * np.pi * (times - 1)) * bump(times, 1., 3., .1)
    pose[:, RIGHT_HAND, 0] += sway[:, None]
    pose[:, 3, 1] += elbow * sway
    assert len(named(measure(pose), 'hand to thigh')) == found


def test_hands_at_the_waist_have_come_there():
    pose, times = sit()
    share = bump(times, 1., 3.)[:, None, None]
    for wrist, tips, elbow, sign in ((4, range(23, 28), 3, -1),
                                     (7, range(18, 23), 6, 1)):
        hand = [wrist, *tips]
        goal = np.array([[.55, 1.05], *[[.3, 1.1]] * 5]) * (sign, 1)
        pose[:, hand] += share * (goal - pose[:, hand])
        pose[:, elbow] += share[:, 0] * ((1.05 * sign, .6) - pose[:, elbow])
    found = named(measure(pose), 'hand to waist')
    assert [s.start for s in found] == pytest.approx([1, 1], abs=.25)
    assert not named(measure(pose, min_raise=2), 'hand to waist')


def test_folded_arms():
    pose, times = sit()
    share = bump(times, 1., 3.)[:, None, None]
    for wrist, tips, elbow, sign in ((4, range(23, 28), 3, 1),
                                     (7, range(18, 23), 6, -1)):
        hand = [wrist, *tips]
        goal = np.array([[.2, .62], *[[.5, .6]] * 5]) * (sign, 1)
        pose[:, hand] += share * (goal - pose[:, hand])
        pose[:, elbow] += share[:, 0] * ((-.6 * sign, .6) - pose[:, elbow])
    found, = named(measure(pose), 'arms folded')
    assert found.start == pytest.approx(1, abs=.25)
    assert found.comment.startswith('both hands')


@pytest.mark.parametrize('kind, points, move', [
    ('lean', range(8), (.4, .1)), ('rise', range(28), (0, -.6)),
])  # yapf: disable
def test_posture(kind, points, move):
    pose, times = sit()
    share = np.clip((times - 1.5) / .6, 0, 1)[:, None, None]
    points = [x for x in points if kind == 'rise' or x < 8]
    pose[:, points] += share * move
    found, = named(measure(pose), kind)
    assert found.start < 2 < found.end
    still = sit()[0]
    assert not named(measure(still), kind)


def test_a_turn_narrows_the_shoulders():
    pose, times = sit()
    share = np.clip((times - 1.5) / .6, 0, 1)
    for points in (range(2, 5), range(5, 8)):  # the right arm, the left one
        middle = pose[:, [points[0]], 0]
        pose[:, points, 0] -= .5 * share[:, None] * middle
    result = measure(pose)
    found, = named(result, 'turn')
    # Half a second before and after a change of 0.5 in 0.6 s:
    change = .5 * (1 - .6 / (4 * .5))
    assert found.start < 2 < found.end
    assert found.comment == f'by {change:.2f} scales'
    assert not named(measure(sit()[0]), 'turn')


def test_crossed_legs():
    pose, times = sit()
    share = np.clip((times - 1.5) / .6, 0, 1)[:, None]
    pose[:, 10] += share * (1.2, -.4)
    found, = named(measure(pose), 'leg cross')
    assert found.end == 4 and 1.5 < found.start < 2.2


def test_errors_say_what_is_expected():
    pose, times = sit()
    scores = np.ones(pose.shape[:2])
    for bad in ((pose[:, :20], scores[:, :20], times),
                (pose, scores[1:], times), (pose, scores, times[::-1]),
                (pose[:1], scores[:1], times[:1])):
        with pytest.raises(UserError, match=r'points \(T, 28, 2\)'):
            track_body(*bad, MovementSettings())
    with pytest.raises(UserError, match='no body scale'):
        track_body(pose, 0 * scores, times, MovementSettings())
    for field in dataclasses.fields(MovementSettings):
        with pytest.raises(UserError, match=field.name):
            MovementSettings(**{field.name: 0})
