# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The classes of body, head and lower limb: the hands rest.

One function per class, "_" and its name; it writes its motion on a
:class:`Performance`.
"""
import numpy as np

from .performance import Performance

# ------------------------------------------------------------------- body


def _shaking_body(act: Performance) -> None:
    sway = act.energy * act.hold(.15) * act.swing(1.2, 2.)
    act.pose.spine[:, 1] += .16 * sway
    act.pose.hand[..., 0] += .03 * sway[:, None]


def _sitting_straightly(act: Performance) -> None:
    slump = act.energy * (1 - act.step())
    act.pose.spine[:, 0] += .38 * slump
    act.pose.head[:, 0] += .1 * slump
    act.pose.shrug -= .06 * slump[:, None]


def _shrugging(act: Performance) -> None:
    lift = act.energy * act.hold(.3)
    act.pose.shrug += .17 * lift[:, None]
    for side in act.both:
        act.reach(
            side,
            act.at(side, .62, -.3, .35),
            lift.clip(0, 1), (.9, .1, .5),
            curl=0,
            splay=.5)


def _turning_around(act: Performance) -> None:
    turn = act.sign * act.hold(.35)
    act.pose.spine[:, 2] += .6 * act.energy * turn
    act.pose.head[:, 2] += .4 * turn
    act.pose.hand[..., 0] += .25 * turn[:, None]
    act.pose.hand[..., 2] -= .1 * np.abs(turn)[:, None]


def _rising_up(act: Performance) -> None:
    up = act.step()
    act.pose.root += up[:, None] * np.array([0, -.33, .15]) * act.energy
    act.pose.spine[:, 0] += .5 * np.sin(np.pi * up)
    act.pose.hand[..., 1] -= .22 * up[:, None]


# ------------------------------------------------------------------- head


def _bowing_head(act: Performance) -> None:
    act.pose.head[:, 0] += .62 * act.energy * act.step()


def _tilting_head(act: Performance) -> None:
    act.pose.head[:, 1] += .5 * act.sign * act.energy * act.hold(.3)


def _turning_head(act: Performance) -> None:
    act.pose.head[:, 2] += .95 * act.sign * act.energy * act.hold(.3)


def _nodding(act: Performance) -> None:
    nods = 1 + act.swing(1.6, 2.6)
    act.pose.head[:, 0] += .24 * act.energy * act.hold(.1) * nods


def _shaking_head(act: Performance) -> None:
    act.pose.head[:, 2] += .55 * act.energy * act.hold(.1) * act.swing(1.5, 3.)


# ------------------------------------------------------------- lower limb


def _shaking_legs(act: Performance) -> None:
    for side in act.some():
        shake = act.energy * act.hold(.1) * act.swing(3.5, 5.5)
        act.pose.foot[:, side, 1] -= .05 * (1 + shake) * act.hold(.1)
        act.pose.knee[:, side] += .3 * shake
        act.pose.heel[:, side] += .3


def _curling_legs(act: Performance) -> None:
    curl = act.energy * act.hold(.3)
    for side in act.both:
        act.pose.foot[:, side] += curl[:, None] * act.at(side, -.2, -.3, -.5)
        act.pose.knee[:, side] += .45 * curl
        act.pose.heel[:, side] += .8 * curl


def _spread_legs(act: Performance) -> None:
    spread = act.energy * act.step()
    for side in act.both:
        # From knees together to knees apart.
        act.pose.knee[:, side] += -.28 + .75 * spread
        act.pose.foot[:, side] += act.at(side, -.14, 0, 0)
        act.pose.foot[:, side] += spread[:, None] * act.at(side, .34, 0, 0)
        act.pose.hand[:, side, 0] += .14 * (2 * side - 1) * (spread - .3)


def _crossing_legs(act: Performance) -> None:
    cross, side = act.step(), act.side
    knee = np.sin(np.pi * cross)
    act.pose.foot[:, side] += cross[:, None] * act.at(side, -.78, -.3, .38)
    act.pose.foot[:, side, 1] -= .15 * knee
    act.pose.knee[:, side] -= .35 * cross
    act.pose.heel[:, side] -= .2 * cross
    act.pose.hand[:, side, 1] -= .08 * cross


def _stretching_feet(act: Performance) -> None:
    stretch = act.energy * act.step()
    for side in act.some():
        act.pose.foot[:, side] += act.at(side, 0, -.05, -.3)
        act.pose.foot[:, side] += stretch[:, None] * act.at(side, .1, 0, .75)
        act.pose.heel[:, side] += .5 - 1.2 * stretch


def _tiptoe(act: Performance) -> None:
    lift = act.energy * act.hold(.3)
    act.pose.foot[..., 1] -= .17 * lift[:, None]
    act.pose.foot[..., 2] += .06 * lift[:, None]
    act.pose.heel += .8 * lift[:, None]
