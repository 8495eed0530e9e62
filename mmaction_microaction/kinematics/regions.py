# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How far a hand is from each part of the body, in the picture.

Shapes: T frames. Unit of length: body scales.
"""
from typing import Dict

import numpy as np

from .body import (ANKLES, EARS, ELBOWS, EYES, HIPS, KNEES, NOSE, SHOULDERS,
                   TIPS, WRISTS, Body, bridge)
from .settings import MovementSettings

REGIONS = ('hand to head', 'hand to neck or shoulder', 'hand to chest',
           'hand to waist', 'hand to other arm', 'hand to other hand',
           'hand to thigh', 'hand to shin')
HEAD, NECK, CHEST, WAIST, ARM, HAND, THIGH, SHIN = REGIONS


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
