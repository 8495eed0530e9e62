# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The classes of the upper limb: hands move, but touch no other body part.

One function per class, "_" and its name; it writes its motion on a
:class:`Performance`.
"""
import numpy as np

from .performance import Performance


def _scratching_arms(act: Performance) -> None:
    near, envelope = act.hold(), act.hold()
    other, scratch = 1 - act.side, act.swing(3., 4.5)
    act.reach(other, act.at(other, .2, -.32, .5), near, (-.9, .1, .4))
    hand = dict(across=True, curl=.5, stroke=(.12, -.03, 0), wave=scratch)
    act.reach(act.side, 'forearm', envelope, (-.9, .3, .2), **hand)


def _playing_objects(act: Performance) -> None:
    envelope, fiddle = act.hold(.2), act.swing(1.5, 3.)
    hand = dict(curl=.45, stroke=(0, .06 * act.sign, 0), wave=fiddle)
    for side in act.both:
        place = act.at(side, .11, -.42, .55)
        act.reach(side, place, envelope, (-.35, -.7, .4), **hand)
        act.pose.curl[:, side] += .3 * (envelope * act.swing(2, 4))[:, None]
    act.pose.prop = np.where(envelope > .6, .5 * fiddle, np.nan)


def _putting_hands_together(act: Performance) -> None:
    together = act.step()
    for side in act.both:
        apart, middle = act.at(side, .55, -.3, .4), act.at(side, .04, -.42, .5)
        act.reach(side, apart, np.ones_like(together), (.2, -.4, .8))
        hand = dict(curl=.05, splay=.1)
        act.reach(side, middle, together, (-.35, -.75, .4), **hand)


def _rubbing_hands(act: Performance) -> None:
    envelope, rub = act.hold(.15), act.swing(2.5, 4.)
    for side in act.both:
        stroke = (0, .12 * (1 if side else -1), 0)
        hand = dict(elbow=.55, curl=.1, stroke=stroke, wave=rub)
        place = act.at(side, .03, -.28, .55)
        act.reach(side, place, envelope, (-.85, -.35, .4), **hand)


def _pointing_oneself(act: Performance) -> None:
    jab = act.swing(1., 1.8)
    hand = dict(grip=1., elbow=.75, curl=(.7, 0, 1, 1, 1))
    stroke = dict(stroke=(.07, 0, .05), wave=jab)
    act.reach(act.side, 'sternum', act.hold(), (-1., -.15, -.35), **hand,
              **stroke)


def _clenching_fist(act: Performance) -> None:
    envelope = act.hold(.2)
    clench = (.5 + .7 * act.swing(1., 1.8)).clip(0, 1)
    place = act.at(act.side, .55, -.62, .4)
    hand = dict(elbow=.2, splay=.6, curl=0)
    act.reach(act.side, place, envelope, (.05, -1., .3), **hand)
    act.pose.curl[:, act.side] += (envelope * clench)[:, None]


def _stretching_arms(act: Performance) -> None:
    stretch = act.step()
    always, hand = np.ones_like(stretch), dict(curl=.05, elbow=-.1)
    for side in act.some():
        bent, far = act.at(side, .3, -.62, .38), act.at(side, 1.15, -1.15, .25)
        act.reach(side, bent, always, (-.3, -.8, .2), curl=.6)
        act.reach(side, far, stretch, (.8, -.6, .1), **hand)


def _waving(act: Performance) -> None:
    envelope, wave = act.hold(.25), act.energy * act.swing(1.8, 3.)
    place = act.at(act.side, .72, -1.3, .3)
    hand = dict(elbow=-.1, curl=0, splay=.5, stroke=(.17, 0, 0), wave=wave)
    act.reach(act.side, place, envelope, (.05, -1., .1), **hand)
    act.pose.point[:, act.side, 0] += .5 * envelope * wave


def _hands_touching_fingers(act: Performance) -> None:
    envelope, other = act.hold(.2), 1 - act.side
    spread, place = dict(curl=0, splay=.6), act.at(other, .12, -.12, .6)
    act.reach(other, place, envelope, (-.6, -.2, .9), **spread)
    hand = dict(grip=1., curl=(.2, .2, .8, .8, .8), stroke=(.1, .03, 0))
    place, wave = act.at(act.side, -.1, -.2, .68), act.swing(.8, 1.5)
    act.reach(act.side, place, envelope, (-.8, .5, .3), **hand, wave=wave)


def _other_finger_movements(act: Performance) -> None:
    envelope = act.hold(.15)
    for side in act.both:
        place, hand = act.at(side, .36, -.16, .75), dict(splay=.7, curl=.1)
        act.reach(side, place, envelope, (.1, .75, .5), grip=.3, **hand)
        for finger in range(5):
            drum = .5 + .5 * act.swing(2.5, 4.5)
            act.pose.curl[:, side, finger] += .9 * envelope * drum


def _illustrative_gestures(act: Performance) -> None:
    envelope = act.hold(.2)
    hand = dict(curl=.05, splay=.5, stroke=(.2, .05, 0))
    for side in act.both:
        place = act.at(side, .5, -.55, .45)
        wave = act.energy * act.swing(.9, 1.7)
        act.reach(side, place, envelope, (.35, -.6, .5), **hand, wave=wave)
        lift = .15 * act.energy * envelope * act.swing(.9, 1.7)
        act.pose.hand[:, side, 1] += lift
