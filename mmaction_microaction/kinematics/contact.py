# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""When a hand is at a part of the body, in the picture.

Distance in the picture is not touch: a hand between camera and chest is at the
chest. Shapes: T frames. Unit of length: body scales.
"""
from typing import Dict, List, NamedTuple

import numpy as np

from .body import ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, Body
from .motion import hysteresis, smooth_level
from .regions import (ARM, CHEST, HAND, HEAD, REGIONS, SHIN, THIGH, WAIST,
                      Hands, clearances)
from .settings import MovementSettings

FOLDED = 'arms folded'
#: Clearance of what is not there.
FAR = 9.
#: Kinds of both hands at a time.
PAIRED = (FOLDED, WAIST, HAND)
ALONE = tuple(x for x in REGIONS if x not in PAIRED)


class Contact(NamedTuple):
    """An episode."""
    kind: str
    side: int  # of the hand: 0 the person's right, 1 left
    start: int  # first frame, and the one behind the last
    end: int
    confidence: float  # 0 to 1
    distance: float  # median clearance, body scales; 0: within


def find_contacts(body: Body, settings: MovementSettings) -> List[Contact]:
    """Episodes in which a hand is at a region, by start.

    A hand is where its clearance is least; at the other hand if that is in
    reach, unless both are at the head. It has arrived when it is slower than
    ``pass_speed`` on average, and gone when the clearance exceeds
    ``release``. On a thigh, or at the other hand in the lap, it has to move,
    or to be away from where it rests, by more than a turn of the trunk. Only
    both hands together count as at the waist.
    """
    hands = Hands(body, settings)
    depths = [clearances(body, hands, side, settings) for side in range(2)]
    across = body.points[:, SHOULDERS[1]] - body.points[:, SHOULDERS[0]]
    base = body.middle(SHOULDERS)
    width = np.linalg.norm(across, axis=1)
    # Both palms beyond the middle.
    beyond = [(across * (palm - base)).sum(1) / np.maximum(
        (across**2).sum(1), 1e-6) for palm in hands.palms]
    swapped = (beyond[0] > .05) & (beyond[1] < -.05)
    arms = [np.fmin(d[ARM], d[CHEST]) for d in depths]
    folded = np.where(swapped, np.fmax(*arms),
                      np.fmax(*(x[ARM] for x in depths)))
    tables = [
        _table(body, hands, side, depths, across, swapped) for side in range(2)
    ]
    # One hand alone at the waist looks like one on its way to the lap.
    waist = REGIONS.index(WAIST)
    there = [x.argmin(0) == waist for x in tables]
    akimbo = np.where(there[0] | there[1],
                      np.fmax(*(x[waist] for x in tables)), FAR)
    pairs = {FOLDED: folded, WAIST: akimbo}
    taken = (folded <= settings.release) | (akimbo <= 0)
    found = []
    for side, depth in enumerate(depths):
        drift = _drift(body.points[:, WRISTS[side]] - base, body, settings)
        palm = hands.palms[side] - body.middle(HIPS)
        resting = _rests(body, palm, depth, settings)
        nearest = tables[side].argmin(0)
        # Those of both hands come first, and with the right one.
        for kind in (*(() if side else PAIRED), *ALONE):
            if kind in pairs:
                clear = pairs[kind]
                here = clear <= settings.release
            else:
                number = REGIONS.index(kind)
                here = (nearest == number) & ~taken
                clear = tables[side][number] + (kind == HAND)
            slow = drift < (
                settings.lap_speed if kind in (WAIST,
                                               HAND) else settings.pass_speed)
            if kind in (THIGH, SHIN) or \
                    kind == HAND and (here & resting).mean() > .8:
                here = here & ~resting
            for start, end in hysteresis(
                    here & (clear <= 0) & (slow | (kind == THIGH)),
                    here & (clear <= settings.release),
                    settings.min_duration * body.fps,
                    settings.max_pause * body.fps):
                part = slice(start, end)
                if kind in (THIGH, WAIST) and \
                        np.ptp(width[part]) > settings.turn / 2:
                    continue  # the turning trunk carries the hand
                if kind not in (THIGH, WAIST, CHEST) or _moves(
                        body, side, part, kind, settings) and _stays(
                            palm[part], drift[part], kind, body, settings):
                    found += _make(kind, side, part, clear, hands)
                    taken[part] |= kind in PAIRED
    return sorted(found, key=lambda x: (x.start, x.end, x.kind, x.side))


def _make(kind: str, side: int, part: slice, clear: np.ndarray,
          hands: Hands) -> List[Contact]:
    """The contact of a hand, or of both."""
    away = np.fmax(clear[part], 0)
    sure = np.exp(-(away / .1)**2)
    sure *= np.where(hands.held[side][part], 1, .5)
    sides = (0, 1) if kind in PAIRED else (side, )
    return [
        Contact(kind, i, part.start, part.stop, float(sure.mean()),
                float(np.median(away[away < FAR]))) for i in sides
    ]


def _table(body: Body, hands: Hands, side: int, depths: list,
           across: np.ndarray, swapped: np.ndarray) -> np.ndarray:
    """(regions, T) clearances to compare; FAR where the arm looks otherwise.

    Fingers on the chest or the waist point to the middle, not up as in a
    gesture before it; of a hand on the waist, the elbow is farther out, and
    without knees it may as well be in the lap. The hand of a forearm that the
    other hand is at is at none of these, nor on a thigh. Hands are together
    before they are anywhere else, but not at the head, or where arms cross.
    """
    depth, other = depths[side], depths[1 - side]
    inward = (across if side == 0 else -across) / np.maximum(
        np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    hand = hands.ends[side] - hands.palms[side]
    level = (hand * inward).sum(1) / np.maximum(
        np.linalg.norm(hand, axis=1), 1e-6)
    elbow, wrist = (body.points[:, x[side]] for x in (ELBOWS, WRISTS))
    bent = ((wrist - elbow) * inward).sum(1) > 0
    free, knee = other[ARM] > 0, body.points[:, KNEES[side], 0]
    fits = {CHEST: (level > .5) & free, WAIST: (level > .3) & bent & free &
            np.isfinite(knee), THIGH: free}  # yapf: disable
    table = np.stack([
        np.where(fits.get(x, True) & np.isfinite(depth[x]), depth[x], FAR)
        for x in REGIONS
    ])
    together = (depth[HEAD] > 0) & ~swapped & (
        np.fmin(depth[ARM], other[ARM]) > -.1)
    table[REGIONS.index(HAND)] = np.where(together & np.isfinite(depth[HAND]),
                                          depth[HAND] - 1, FAR)
    table[:, depth[HAND] > .1] += np.where(np.array(REGIONS) == HAND, FAR,
                                           0)[:, None]
    return table


def _moves(body: Body, side: int, part: slice, kind: str,
           settings: MovementSettings) -> bool:
    """Whether an arm moves as it does when its hand comes to a place, by
    itself: on the chest or a thigh the forearm turns; at the waist, where
    hands are still, elbows go out before or in afterwards."""
    hips = body.middle(HIPS)
    if kind == WAIST:
        around = round(settings.approach * body.fps)
        part = slice(max(0, part.start - around), part.stop + around)
        return np.mean([
            _extent((body.points[:, i] - hips)[part]) for i in ELBOWS
        ]) >= settings.min_raise
    elbow, wrist = ((body.points[:, x[side]] - hips)[part]
                    for x in (ELBOWS, WRISTS))
    if _extent(wrist - elbow) < settings.min_turn:
        return False
    # A turn of the trunk sweeps hands in the lap to the side, elbows by less.
    is_swept = _extent(wrist[:, 1:]) < .4 * _extent(wrist) and \
        _extent(elbow) < .6 * _extent(wrist)
    return kind != THIGH or not is_swept


def _extent(track: np.ndarray) -> float:
    """Of a track (T, D); 0 if it is never seen."""
    track = track[np.isfinite(track[:, 0])]
    return float(np.linalg.norm(np.ptp(track, axis=0))) if len(track) else 0.


def _stays(palm: np.ndarray, drift: np.ndarray, kind: str, body: Body,
           settings: MovementSettings) -> bool:
    """Whether a hand (T, 2) does something where it is, rather than leave it:
    it comes back, or is nearly still for a while."""
    path = np.linalg.norm(np.diff(palm, axis=0), axis=1).sum()
    still = (drift < settings.lap_speed / 2).sum() / body.fps
    back = np.linalg.norm(palm[-1] - palm[0]) < .4 * path
    if kind == THIGH:  # where hands rest; jitter comes back, too
        wide = np.ptp(palm, axis=0).max() >= .75 * settings.rest_radius
        return wide and back or still >= .5
    return back or still >= (.25 if kind == WAIST else .5)


def _drift(track: np.ndarray, body: Body,
           settings: MovementSettings) -> np.ndarray:
    """(T,) speed between the ends of a window: strokes average out."""
    half = max(1, round(settings.window * body.fps / 2))
    padded = np.pad(track, ((half, half), (0, 0)), 'edge')
    moved = np.linalg.norm(padded[2 * half:] - padded[:-2 * half], axis=1)
    return np.nan_to_num(moved * body.fps / (2 * half))


def _rests(body: Body, palm: np.ndarray, depth: Dict[str, np.ndarray],
           settings: MovementSettings) -> np.ndarray:
    """(T,) bool: whether a hand, seen from the hips (T, 2), is still at its
    most frequent place in the lap."""
    low = np.fmin(depth[THIGH], depth[HAND]) <= settings.release
    speed = np.linalg.norm(np.gradient(palm, body.times, axis=0), axis=1)
    level = smooth_level(speed, round(settings.window * body.fps))
    still = low & (
        level**2 - body.noise[list(WRISTS)].mean()**2 < settings.arm_speed**2)
    places = palm[still & np.isfinite(palm[:, 0])]
    if not len(places):
        return np.zeros(len(palm), bool)
    some = places[::max(1, len(places) // 400)]
    apart = np.linalg.norm(some[:, None] - some, axis=-1)
    rest = some[(apart < settings.rest_radius).sum(1).argmax()]
    return still & (np.linalg.norm(palm - rest, axis=1) < settings.rest_radius)
