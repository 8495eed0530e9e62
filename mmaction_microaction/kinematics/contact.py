# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""When a hand is at a part of the body, in the picture.

Distance in the picture is not touch: a hand between camera and chest is at the
chest. Shapes: T frames. Unit of length: body scales.
"""
from typing import Dict, List, NamedTuple

import numpy as np

from .body import (ANKLES, EARS, ELBOWS, EYES, HIPS, KNEES, NOSE, SHOULDERS,
                   TIPS, WRISTS, Body, bridge)
from .motion import hysteresis, smooth_level
from .settings import MovementSettings

HEAD, NECK, CHEST, WAIST, ARM, HAND, THIGH, SHIN, FOLDED = (
    'hand to head', 'hand to neck or shoulder', 'hand to chest',
    'hand to waist', 'hand to other arm', 'hand to other hand',
    'hand to thigh', 'hand to shin', 'arms folded')
REGIONS = (HEAD, NECK, CHEST, WAIST, ARM, HAND, THIGH, SHIN)


class Contact(NamedTuple):
    """An episode."""
    kind: str
    side: int  # of the hand: 0 the person's right, 1 left
    start: int  # first frame, and the one behind the last
    end: int
    confidence: float  # 0 to 1
    distance: float  # median clearance, body scales; 0: within


def to_segment(place: np.ndarray,
               a: np.ndarray,
               b: np.ndarray,
               start: float = 0.,
               stop: float = 1.) -> np.ndarray:
    """(T,) distance of (T, 2) from the part of a line a to b between two
    shares of it."""
    a, b = a + start * (b - a), a + stop * (b - a)
    line = b - a
    share = ((place - a) * line).sum(1) / np.maximum((line**2).sum(1), 1e-9)
    nearest = a + np.clip(share, 0, 1)[:, None] * line
    return np.linalg.norm(place - nearest, axis=1)


def to_quad(place: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(T,) distance of (T, 2) from a convex area (T, 4, 2); 0 inside."""
    edge = np.roll(corners, -1, 1) - corners
    away = place[:, None] - corners
    cross = edge[..., 0] * away[..., 1] - edge[..., 1] * away[..., 0]
    inside = (cross >= 0).all(1) | (cross <= 0).all(1)
    sides = [to_segment(place, corners[:, i], corners[:, (i + 1) % 4])
             for i in range(4)]  # yapf: disable
    return np.where(inside, 0, np.min(sides, 0))


class Hands:
    """Both hands (T, 2): palm and end of the fingers, right then left."""

    def __init__(self, body: Body, settings: MovementSettings) -> None:
        self.palms, self.ends, self.held = [], [], []
        longest = settings.max_hand_gap * body.fps
        for side in range(2):
            wrist = body.points[:, WRISTS[side]]
            tips = body.points[:, TIPS[side]]
            there = np.isfinite(tips[..., 0])
            total = np.where(there[..., None], tips, 0).sum(1)
            count = there.sum(1)[:, None]
            reach = np.where(count > 1, total / np.maximum(count, 1), np.nan)
            reach = bridge(reach - wrist, longest)
            self.held.append(np.isfinite(reach[:, 0]))
            # Without fingers, the hand goes on as the forearm does.
            arm = wrist - body.points[:, ELBOWS[side]]
            length = np.linalg.norm(arm, axis=1, keepdims=True)
            reach = np.where(
                np.isfinite(reach), reach, .3 * arm / np.maximum(length, .3))
            self.palms.append(wrist + .5 * reach)
            self.ends.append(wrist + reach)


def clearances(body: Body, hands: Hands, side: int,
               settings: MovementSettings) -> Dict[str, np.ndarray]:
    """(T,) Distance of a hand from the surface of each region; 0 or less:
    there. Its nearer end counts: palm or fingers."""
    x, other = body.points, 1 - side
    ears, eyes = x[:, list(EARS)], x[:, list(EYES)]
    sides = np.where(np.isfinite(ears), ears, eyes)
    head = .7 * sides.mean(1) + .3 * x[:, NOSE]
    wide = np.linalg.norm(ears[:, 0] - ears[:, 1], axis=1)
    wide = max(.36, np.nanpercentile(wide,
                                     80)) if np.isfinite(wide).any() else .36
    shoulders = [x[:, i] for i in SHOULDERS]
    hips = [x[:, i] for i in HIPS]
    down = [b - a for a, b in zip(shoulders, hips)]
    chest = np.stack([
        shoulders[0] + .2 * down[0], shoulders[1] + .2 * down[1],
        shoulders[1] + .72 * down[1], shoulders[0] + .72 * down[0]
    ], 1)
    base = .5 * (shoulders[0] + shoulders[1])

    def nearest(measure) -> np.ndarray:
        return np.minimum(
            measure(hands.palms[side]), measure(hands.ends[side]))

    def at_head(place: np.ndarray) -> np.ndarray:
        away = (place - head) / (.55, .75)
        return np.linalg.norm(away, axis=1) * .65 - .65 * wide

    def at_neck(place: np.ndarray) -> np.ndarray:
        return np.minimum(
            to_segment(place, *shoulders), to_segment(place, base, head, 0,
                                                      .5))

    def at_waist(place: np.ndarray) -> np.ndarray:
        # The side of the waist is as far out as the hip joint is wide.
        out = hips[side] - .5 * (hips[0] + hips[1])
        return to_segment(place, shoulders[side] + out, hips[side] + out, .7)

    def at_arm(place: np.ndarray) -> np.ndarray:
        elbow = x[:, ELBOWS[other]]
        return np.minimum(
            to_segment(place, elbow, x[:, WRISTS[other]], 0, .8),
            to_segment(place, shoulders[other], elbow, .35, 1.))

    def at_hand(place: np.ndarray) -> np.ndarray:
        return np.minimum(
            np.linalg.norm(place - hands.palms[other], axis=1),
            np.linalg.norm(place - hands.ends[other], axis=1))

    def at_leg(place: np.ndarray, a, b, start, stop) -> np.ndarray:
        both = [to_segment(place, x[:, a[i]], x[:, b[i]], start, stop)
                for i in range(2)]  # yapf: disable
        return np.fmin(*both)

    return {
        HEAD:
        nearest(at_head) - settings.head_reach,
        NECK:
        nearest(at_neck) - settings.neck_reach,
        CHEST:
        nearest(lambda p: to_quad(p, chest)) - settings.trunk_reach,
        WAIST:
        nearest(at_waist) - settings.waist_reach,
        ARM:
        nearest(at_arm) - settings.arm_reach,
        HAND:
        nearest(at_hand) - settings.hand_reach,
        THIGH:
        nearest(lambda p: at_leg(p, HIPS, KNEES, .3, 1.)) - settings.leg_reach,
        SHIN:
        nearest(lambda p: at_leg(p, KNEES, ANKLES, .2, 1.1)) -
        settings.leg_reach,
    }


def find_contacts(body: Body, settings: MovementSettings) -> List[Contact]:
    """Episodes in which a hand is at a region, by start.

    A hand is where its clearance is least; at the other hand if that is in
    reach, unless both are at the head. It has arrived when it is slower than
    ``pass_speed`` on average, and gone when the clearance exceeds
    ``release``. On a thigh, or at the other hand in the lap, it has to move,
    or to be away from where it rests.
    """
    hands = Hands(body, settings)
    depths = [clearances(body, hands, side, settings) for side in range(2)]
    across = body.points[:, SHOULDERS[1]] - body.points[:, SHOULDERS[0]]
    base = body.middle(SHOULDERS)
    # Both palms beyond the middle.
    beyond = [(across * (palm - base)).sum(1) / np.maximum(
        (across**2).sum(1), 1e-6) for palm in hands.palms]
    swapped = (beyond[0] > .05) & (beyond[1] < -.05)
    arms = [np.fmin(d[ARM], d[CHEST]) for d in depths]
    folded = np.where(swapped, np.fmax(*arms), 9)
    both, found = folded <= settings.release, []
    for side, depth in enumerate(depths):
        drift = _drift(body.points[:, WRISTS[side]] - base, body, settings)
        palm = hands.palms[side] - body.middle(HIPS)
        resting = _rests(body, palm, depth, settings)
        table = _table(body, hands, side, depths, across, swapped)
        nearest = table.argmin(0)
        for number, kind in enumerate((*REGIONS, FOLDED)):
            if kind in (FOLDED, HAND) and side:
                continue  # found with the right hand
            here, clear = both, folded
            if kind != FOLDED:
                here = (nearest == number) & ~both
                clear = table[number] + (kind == HAND)
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
                if kind not in (THIGH, WAIST, CHEST) or _stays(
                        palm[part], drift[part], kind, body, settings):
                    found += _make(kind, side, part, clear, hands)
    return sorted(found, key=lambda x: (x.start, x.end, x.kind, x.side))


def _make(kind: str, side: int, part: slice, clear: np.ndarray,
          hands: Hands) -> List[Contact]:
    """The contact of a hand, or of both."""
    away = np.fmax(clear[part], 0)
    sure = np.exp(-(away / .1)**2)
    sure *= np.where(hands.held[side][part], 1, .5)
    sides = (0, 1) if kind in (FOLDED, HAND) else (side, )
    return [
        Contact(kind, i, part.start, part.stop, float(sure.mean()),
                float(np.median(away))) for i in sides
    ]


def _table(body: Body, hands: Hands, side: int, depths: list,
           across: np.ndarray, swapped: np.ndarray) -> np.ndarray:
    """(regions, T) clearances to compare; 9: not there, as the arm looks.

    Fingers on the chest or the waist point to the middle, not up as in a
    gesture before it; of a hand on the waist, the elbow is farther out. A
    forearm that the other hand is at is not on the chest. Hands are together
    before they are anywhere else, but not at the head, or where arms cross.
    """
    depth, other = depths[side], depths[1 - side]
    inward = (across if side == 0 else -across) / np.maximum(
        np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    hand = hands.ends[side] - hands.palms[side]
    level = (hand * inward).sum(1) > .5 * np.linalg.norm(hand, axis=1)
    elbow, wrist = (body.points[:, x[side]] for x in (ELBOWS, WRISTS))
    bent = ((wrist - elbow) * inward).sum(1) > .15
    fits = {CHEST: level & (other[ARM] > 0), WAIST: level & bent}
    table = np.stack([
        np.where(fits.get(x, True) & np.isfinite(depth[x]), depth[x], 9)
        for x in REGIONS
    ])
    together = (depth[HEAD] > 0) & ~swapped & (
        np.fmin(depth[ARM], other[ARM]) > -.1)
    table[REGIONS.index(HAND)] = np.where(together & np.isfinite(depth[HAND]),
                                          depth[HAND] - 1, 9)
    table[:, depth[HAND] > .1] += np.where(np.array(REGIONS) == HAND, 9,
                                           0)[:, None]
    return table


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
