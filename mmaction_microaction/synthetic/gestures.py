# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The classes of the upper limb: hands move, but touch no other body part.

One function per class; it writes its motion on a :class:`Performance`.
"""
import numpy as np

from .performance import Performance, motion


@motion('scratching arms')
def _scratching_arms(act: Performance) -> None:
    near, envelope = act.hold(), act.hold()
    other = 1 - act.side
    act.reach(other, act.at(other, .2, -.32, .5), near, (-.9, .1, .4))
    act.reach(
        act.side,
        'forearm',
        envelope, (-.9, .3, .2),
        across=True,
        curl=.5,
        stroke=(.12, -.03, 0),
        wave=act.swing(3., 4.5))


@motion('playing objects')
def _playing_objects(act: Performance) -> None:
    envelope, fiddle = act.hold(.2), act.swing(1.5, 3.)
    for side in act.both:
        act.reach(
            side,
            act.at(side, .11, -.42, .55),
            envelope, (-.35, -.7, .4),
            curl=.45,
            stroke=(0, .06 * act.sign, 0),
            wave=fiddle)
        act.pose.curl[:, side] += .3 * (envelope * act.swing(2, 4))[:, None]
    act.pose.prop = np.where(envelope > .6, .5 * fiddle, np.nan)


@motion('putting hands together')
def _putting_hands_together(act: Performance) -> None:
    together = act.step()
    for side in act.both:
        apart = act.at(side, .55, -.3, .4)
        act.reach(side, apart, np.ones_like(together), (.2, -.4, .8))
        act.reach(
            side,
            act.at(side, .04, -.42, .5),
            together, (-.35, -.75, .4),
            curl=.05,
            splay=.1)


@motion('rubbing hands')
def _rubbing_hands(act: Performance) -> None:
    envelope, rub = act.hold(.15), act.swing(2.5, 4.)
    for side in act.both:
        act.reach(
            side,
            act.at(side, .03, -.28, .55),
            envelope, (-.85, -.35, .4),
            elbow=.55,
            curl=.1,
            stroke=(0, .12 * (1 if side else -1), 0),
            wave=rub)


@motion('pointing oneself')
def _pointing_oneself(act: Performance) -> None:
    jab = act.swing(1., 1.8)
    act.reach(
        act.side,
        'sternum',
        act.hold(), (-1., -.15, -.35),
        grip=1.,
        elbow=.75,
        curl=(.7, 0, 1, 1, 1),
        stroke=(.07, 0, .05),
        wave=jab)


@motion('clenching fist')
def _clenching_fist(act: Performance) -> None:
    envelope = act.hold(.2)
    clench = (.5 + .7 * act.swing(1., 1.8)).clip(0, 1)
    act.reach(
        act.side,
        act.at(act.side, .55, -.62, .4),
        envelope, (.05, -1., .3),
        elbow=.2,
        splay=.6,
        curl=0)
    act.pose.curl[:, act.side] += (envelope * clench)[:, None]


@motion('stretching arms')
def _stretching_arms(act: Performance) -> None:
    stretch = act.step()
    for side in act.some():
        bent = act.at(side, .3, -.62, .38)
        act.reach(side, bent, np.ones_like(stretch), (-.3, -.8, .2), curl=.6)
        act.reach(
            side,
            act.at(side, 1.15, -1.15, .25),
            stretch, (.8, -.6, .1),
            curl=.05,
            elbow=-.1)


@motion('waving')
def _waving(act: Performance) -> None:
    envelope, wave = act.hold(.25), act.energy * act.swing(1.8, 3.)
    act.reach(
        act.side,
        act.at(act.side, .72, -1.3, .3),
        envelope, (.05, -1., .1),
        elbow=-.1,
        curl=0,
        splay=.5,
        stroke=(.17, 0, 0),
        wave=wave)
    act.pose.point[:, act.side, 0] += .5 * envelope * wave


@motion('hands touching fingers')
def _hands_touching_fingers(act: Performance) -> None:
    envelope, other = act.hold(.2), 1 - act.side
    act.reach(
        other,
        act.at(other, .12, -.12, .6),
        envelope, (-.6, -.2, .9),
        curl=0,
        splay=.6)
    act.reach(
        act.side,
        act.at(act.side, -.1, -.2, .68),
        envelope, (-.8, .5, .3),
        grip=1.,
        curl=(.2, .2, .8, .8, .8),
        stroke=(.1, .03, 0),
        wave=act.swing(.8, 1.5))


@motion('other finger movements')
def _other_finger_movements(act: Performance) -> None:
    envelope = act.hold(.15)
    for side in act.both:
        act.reach(
            side,
            act.at(side, .36, -.16, .75),
            envelope, (.1, .75, .5),
            grip=.3,
            splay=.7,
            curl=.1)
        for finger in range(5):
            drum = .5 + .5 * act.swing(2.5, 4.5)
            act.pose.curl[:, side, finger] += .9 * envelope * drum


@motion('illustrative gestures')
def _illustrative_gestures(act: Performance) -> None:
    envelope = act.hold(.2)
    for side in act.both:
        act.reach(
            side,
            act.at(side, .5, -.55, .45),
            envelope, (.35, -.6, .5),
            curl=.05,
            splay=.5,
            stroke=(.2, .05, 0),
            wave=act.energy * act.swing(.9, 1.7))
        lift = .15 * act.energy * envelope * act.swing(.9, 1.7)
        act.pose.hand[:, side, 1] += lift
