# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The 20 classes in which a hand touches the body: one motion with different
parameters, approach, rest or scratch, return."""
from typing import Callable, Sequence, Tuple

from .motion_builder import MotionBuilder

_FIST = (.8, .9, .9, .9, .9)
_INDEX = (.5, 0., .9, .9, .9)


def contact(place: str,
            point: Sequence[float],
            hertz: Tuple[float, float] = (3., 4.5),
            hands: int = 1,
            stoop: float = 0.,
            tilt: float = 0.,
            curl=.2,
            **hand) -> Callable[[MotionBuilder], None]:
    """A motion: ``hertz`` are the limits of its stroke's frequency; the torso
    stoops, and the head tilts towards the hand, in radians; the others are
    those of :meth:`MotionBuilder.reach`."""

    def touch(act: MotionBuilder) -> None:
        envelope = act.hold()
        act.pose.spine[:, 0] += stoop * envelope
        act.pose.head[:, 1] += tilt * act.sign * envelope
        wave = act.energy * act.swing(*hertz)
        for side in act.both[:hands]:
            act.reach(
                side, place, envelope, point, curl=curl, wave=wave, **hand)

    return touch


#: Class -> its motion; a place is a landmark of ``skeleton.landmark``.
# yapf: disable
CONTACTS = {
    'scratching or touching neck': contact(
        'neck', (-.5, -.6, -.2), elbow=.5, curl=.5, tilt=-.18,
        stroke=(.02, .08, 0)),
    'scratching or touching chest': contact(
        'chest', (-.9, -.25, -.1), across=True, elbow=.35,
        stroke=(.02, .1, 0), hertz=(2., 3.5)),
    'scratching or touching back': contact(
        'back', (-.8, -.3, -.1), grip=.6, elbow=.6,
        stroke=(.02, .08, 0)),
    'scratching or touching shoulder': contact(
        'shoulder', (-.7, -.6, 0), across=True, elbow=.4,
        stroke=(.05, .05, 0)),
    'arms akimbo': contact(
        'waist', (-.6, .5, .3), grip=.5, elbow=.75, hands=2),
    'crossing arms': contact(
        'flank', (-.95, -.2, .1), across=True, grip=.9, elbow=.4, hands=2),
    'playing or tidying hair': contact(
        'crown', (-.7, -.45, 0), elbow=.75, curl=.3,
        stroke=(.26, .08, 0), hertz=(1.2, 2.)),
    'scratching or touching hindbrain': contact(
        'hindbrain', (-.8, -.3, -.1), elbow=1.3,
        stroke=(.03, .06, 0)),
    'scratching or touching forehead': contact(
        'forehead', (-.8, -.1, -.1), grip=1., elbow=.8, curl=.4,
        stroke=(.1, 0, 0)),
    'scratching or touching face': contact(
        'cheek', (-.3, -.9, -.1), elbow=.15, stroke=(.02, .09, 0),
        hertz=(2., 3.5)),
    'rubbing eyes': contact(
        'eye', (-.5, -.7, -.2), elbow=.4, curl=_FIST, hands=2,
        stroke=(.06, .04, 0), hertz=(2.5, 4.)),
    'touching nose': contact(
        'nose', (-.8, -.5, -.2), grip=.95, elbow=.1, curl=_INDEX,
        stroke=(.02, .03, 0), hertz=(1., 2.)),
    'touching ears': contact(
        'ear', (-.15, -.8, 0), elbow=.7, curl=(.2, .3, .6, .6, .6),
        stroke=(0, .06, 0), hertz=(1., 2.)),
    'covering face': contact(
        'face', (-.25, -1., 0), grip=.6, elbow=0., hands=2, stoop=.1),
    'covering mouth': contact(
        'mouth', (-1., -.15, 0), grip=.6, elbow=.35, curl=.1),
    'pushing glasses': contact(
        'glasses', (-.15, -1., -.1), grip=1., elbow=.0, curl=_INDEX,
        stroke=(0, .05, 0), hertz=(1., 1.8)),
    'patting legs': contact(
        'thigh', (-.2, .3, .8), grip=.6, elbow=.4, curl=0., hands=2,
        stroke=(.02, -.2, 0), hertz=(1.6, 2.6)),
    'touching legs': contact(
        'kneecap', (-.1, .7, .5), grip=.6, stoop=.25,
        stroke=(0, -.1, -.1), hertz=(.6, 1.1)),
    'scratching legs': contact(
        'shin', (-.2, .9, .2), stoop=.7, curl=.4,
        stroke=(.02, .09, 0)),
    'scratching feet': contact(
        'ankle', (-.2, .9, .2), stoop=1.15, curl=.4,
        stroke=(.07, .03, 0)),
}
# yapf: enable
