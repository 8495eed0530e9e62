# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The 52 micro-actions as motions of the figure.

Classes in which hands touch the body are in ``contacts``; any other has a
function, "_" and its name, that writes its motion into a builder.
"""
from typing import Dict

import numpy as np

from mmaction_microaction.taxonomy import MA52
from .contacts import CONTACTS
from .motion_builder import MotionBuilder

#: Class -> the class whose motion, played backwards, it is.
REVERSED_FROM: Dict[int, int] = {b: a for a, b in MA52.reversed_pairs}


def _shaking_body(act: MotionBuilder) -> None:
    sway = act.energy * act.hold(.15) * act.swing(1.2, 2.)
    act.pose.spine[:, 1] += .16 * sway
    act.pose.hand[..., 0] += .03 * sway[:, None]


def _sitting_straightly(act: MotionBuilder) -> None:
    slump = act.energy * (1 - act.step())
    act.pose.spine[:, 0] += .38 * slump
    act.pose.head[:, 0] += .1 * slump
    act.pose.shrug -= .06 * slump[:, None]


def _shrugging(act: MotionBuilder) -> None:
    lift = act.energy * act.hold(.3)
    act.pose.shrug += .17 * lift[:, None]
    hand = dict(point=(.9, .1, .5), curl=0, splay=.5)
    for side in act.both:
        act.reach(side, (.62, -.3, .35), lift.clip(0, 1), **hand)


def _turning_around(act: MotionBuilder) -> None:
    turn = act.sign * act.hold(.35)
    act.pose.spine[:, 2] += .6 * act.energy * turn
    act.pose.head[:, 2] += .4 * turn
    act.pose.hand[..., 0] += .25 * turn[:, None]
    act.pose.hand[..., 2] -= .1 * np.abs(turn)[:, None]


def _rising_up(act: MotionBuilder) -> None:
    up = act.step()
    act.pose.root += up[:, None] * np.array([0, -.33, .15]) * act.energy
    act.pose.spine[:, 0] += .5 * np.sin(np.pi * up)
    act.pose.hand[..., 1] -= .22 * up[:, None]


def _bowing_head(act: MotionBuilder) -> None:
    act.pose.head[:, 0] += .62 * act.energy * act.step()


def _tilting_head(act: MotionBuilder) -> None:
    act.pose.head[:, 1] += .5 * act.sign * act.energy * act.hold(.3)


def _turning_head(act: MotionBuilder) -> None:
    act.pose.head[:, 2] += .95 * act.sign * act.energy * act.hold(.3)


def _nodding(act: MotionBuilder) -> None:
    nods = 1 + act.swing(1.6, 2.6)
    act.pose.head[:, 0] += .24 * act.energy * act.hold(.1) * nods


def _shaking_head(act: MotionBuilder) -> None:
    act.pose.head[:, 2] += .55 * act.energy * act.hold(.1) * act.swing(1.5, 3.)


def _shaking_legs(act: MotionBuilder) -> None:
    for side in act.some():
        shake = act.energy * act.hold(.1) * act.swing(3.5, 5.5)
        act.pose.foot[:, side, 1] -= .05 * (1 + shake) * act.hold(.1)
        act.pose.knee[:, side] += .3 * shake
        act.pose.heel[:, side] += .3


def _curling_legs(act: MotionBuilder) -> None:
    curl = act.energy * act.hold(.3)
    for side in act.both:
        act.pose.foot[:, side] += curl[:, None] * act.at(side, -.2, -.3, -.5)
        act.pose.knee[:, side] += .45 * curl
        act.pose.heel[:, side] += .8 * curl


def _spread_legs(act: MotionBuilder) -> None:
    spread = act.energy * act.step()
    for side in act.both:
        # From knees together to knees apart.
        act.pose.knee[:, side] += -.28 + .75 * spread
        act.pose.foot[:, side] += act.at(side, -.14, 0, 0)
        act.pose.foot[:, side] += spread[:, None] * act.at(side, .34, 0, 0)
        act.pose.hand[:, side, 0] += .14 * (2 * side - 1) * (spread - .3)


def _crossing_legs(act: MotionBuilder) -> None:
    cross, side = act.step(), act.side
    knee = np.sin(np.pi * cross)
    act.pose.foot[:, side] += cross[:, None] * act.at(side, -.78, -.3, .38)
    act.pose.foot[:, side, 1] -= .15 * knee
    act.pose.knee[:, side] -= .35 * cross
    act.pose.heel[:, side] -= .2 * cross
    act.pose.hand[:, side, 1] -= .08 * cross


def _stretching_feet(act: MotionBuilder) -> None:
    stretch = act.energy * act.step()
    for side in act.some():
        act.pose.foot[:, side] += act.at(side, 0, -.05, -.3)
        act.pose.foot[:, side] += stretch[:, None] * act.at(side, .1, 0, .75)
        act.pose.heel[:, side] += .5 - 1.2 * stretch


def _tiptoe(act: MotionBuilder) -> None:
    lift = act.energy * act.hold(.3)
    act.pose.foot[..., 1] -= .17 * lift[:, None]
    act.pose.foot[..., 2] += .06 * lift[:, None]
    act.pose.heel += .8 * lift[:, None]


def _scratching_arms(act: MotionBuilder) -> None:
    near, envelope, scratch = act.hold(), act.hold(), act.swing(3., 4.5)
    act.reach(1 - act.side, (.2, -.32, .5), near, (-.9, .1, .4))
    hand = dict(across=True, curl=.5, stroke=(.12, -.03, 0), wave=scratch)
    act.reach(act.side, 'forearm', envelope, (-.9, .3, .2), **hand)


def _playing_objects(act: MotionBuilder) -> None:
    envelope, fiddle = act.hold(.2), act.swing(1.5, 3.)
    hand = dict(curl=.45, stroke=(0, .06 * act.sign, 0), wave=fiddle)
    for side in act.both:
        act.reach(side, (.11, -.42, .55), envelope, (-.35, -.7, .4), **hand)
        act.pose.curl[:, side] += .3 * (envelope * act.swing(2, 4))[:, None]
    act.pose.prop = np.where(envelope > .6, .5 * fiddle, np.nan)


def _putting_hands_together(act: MotionBuilder) -> None:
    together = act.step()
    hand = dict(point=(-.35, -.75, .4), curl=.05, splay=.1)
    for side in act.both:
        apart = np.ones_like(together)
        act.reach(side, (.55, -.3, .4), apart, (.2, -.4, .8))
        act.reach(side, (.04, -.42, .5), together, **hand)


def _rubbing_hands(act: MotionBuilder) -> None:
    envelope, rub = act.hold(.15), act.swing(2.5, 4.)
    for side in act.both:
        stroke = (0, .12 * (1 if side else -1), 0)
        hand = dict(elbow=.55, curl=.1, stroke=stroke, wave=rub)
        act.reach(side, (.03, -.28, .55), envelope, (-.85, -.35, .4), **hand)


def _pointing_oneself(act: MotionBuilder) -> None:
    hand = dict(grip=1., elbow=.75, curl=(.7, 0, 1, 1, 1))
    hand.update(stroke=(.07, 0, .05), wave=act.swing(1., 1.8))
    act.reach(act.side, 'sternum', act.hold(), (-1., -.15, -.35), **hand)


def _clenching_fist(act: MotionBuilder) -> None:
    envelope = act.hold(.2)
    clench = (.5 + .7 * act.swing(1., 1.8)).clip(0, 1)
    hand = dict(point=(.05, -1., .3), elbow=.2, splay=.6, curl=0)
    act.reach(act.side, (.55, -.62, .4), envelope, **hand)
    act.pose.curl[:, act.side] += (envelope * clench)[:, None]


def _stretching_arms(act: MotionBuilder) -> None:
    stretch = act.step()
    always, hand = np.ones_like(stretch), dict(curl=.05, elbow=-.1)
    for side in act.some():
        act.reach(side, (.3, -.62, .38), always, (-.3, -.8, .2), curl=.6)
        act.reach(side, (1.15, -1.15, .25), stretch, (.8, -.6, .1), **hand)


def _waving(act: MotionBuilder) -> None:
    envelope, wave = act.hold(.25), act.energy * act.swing(1.8, 3.)
    hand = dict(elbow=-.1, curl=0, splay=.5, stroke=(.17, 0, 0), wave=wave)
    act.reach(act.side, (.72, -1.3, .3), envelope, (.05, -1., .1), **hand)
    act.pose.point[:, act.side, 0] += .5 * envelope * wave


def _hands_touching_fingers(act: MotionBuilder) -> None:
    envelope = act.hold(.2)
    spread = dict(point=(-.6, -.2, .9), curl=0, splay=.6)
    act.reach(1 - act.side, (.12, -.12, .6), envelope, **spread)
    hand = dict(grip=1., curl=(.2, .2, .8, .8, .8), stroke=(.1, .03, 0))
    hand.update(point=(-.8, .5, .3), wave=act.swing(.8, 1.5))
    act.reach(act.side, (-.1, -.2, .68), envelope, **hand)


def _other_finger_movements(act: MotionBuilder) -> None:
    envelope = act.hold(.15)
    hand = dict(point=(.1, .75, .5), grip=.3, splay=.7, curl=.1)
    for side in act.both:
        act.reach(side, (.36, -.16, .75), envelope, **hand)
        for finger in range(5):
            drum = .5 + .5 * act.swing(2.5, 4.5)
            act.pose.curl[:, side, finger] += .9 * envelope * drum


def _illustrative_gestures(act: MotionBuilder) -> None:
    envelope = act.hold(.2)
    hand = dict(point=(.35, -.6, .5), curl=.05, splay=.5, stroke=(.2, .05, 0))
    for side in act.both:
        wave = act.energy * act.swing(.9, 1.7)
        act.reach(side, (.5, -.55, .45), envelope, wave=wave, **hand)
        lift = .15 * act.energy * envelope * act.swing(.9, 1.7)
        act.pose.hand[:, side, 1] += lift


#: Class -> the function that writes its motion into a builder.
MOTIONS = {
    label.index:
    CONTACTS.get(label.name) or globals()['_' + label.name.replace(' ', '_')]
    for label in MA52.labels if label.index not in REVERSED_FROM
}


def perform(label: int, act: MotionBuilder) -> None:
    """Write the motion of a class, always forwards: the renderer reverses the
    frames of classes in :data:`REVERSED_FROM`, so that only their order
    distinguishes the classes of a pair."""
    MOTIONS[REVERSED_FROM.get(label, label)](act)
