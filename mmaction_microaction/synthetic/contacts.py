# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The 20 classes in which a hand goes to a place of the body: one motion with
different parameters, go there, stay or scratch, return."""
from typing import NamedTuple, Tuple

from .performance import Performance


class Contact(NamedTuple):
    """A hand that goes to a place, does something there and returns."""
    place: str  # a landmark, see ``skeleton.landmark``
    point: Tuple[float, float, float]  # of the fingers; x grows outwards
    grip: float = .75  # point of the hand that touches, 0 wrist, 1 tips
    elbow: float = .3  # how far it is raised, 0-1
    curl: Tuple[float, ...] = (.2, ) * 5  # bend of the fingers, 0-1
    stroke: Tuple[float, float, float] = (0, 0, 0)  # what the hand does there
    hertz: Tuple[float, float] = (3., 4.5)  # lowest and highest, of that
    across: bool = False  # whether the place is on the other side
    hands: int = 1
    stoop: float = 0.  # how far the torso bends forwards, radians
    tilt: float = 0.  # how far the head tilts towards the hand, radians


_FIST = (.8, .9, .9, .9, .9)
_INDEX = (.5, 0., .9, .9, .9)

# yapf: disable
CONTACTS = {
    'scratching or touching neck': Contact(
        'neck', (-.5, -.6, -.2), elbow=.5, curl=(.5, ) * 5, tilt=-.18,
        stroke=(.02, .08, 0)),
    'scratching or touching chest': Contact(
        'chest', (-.9, -.25, -.1), across=True, elbow=.35,
        stroke=(.02, .1, 0), hertz=(2., 3.5)),
    'scratching or touching back': Contact(
        'back', (-.8, -.3, -.1), grip=.6, elbow=.6,
        stroke=(.02, .08, 0)),
    'scratching or touching shoulder': Contact(
        'shoulder', (-.7, -.6, 0), across=True, elbow=.4,
        stroke=(.05, .05, 0)),
    'arms akimbo': Contact(
        'waist', (-.6, .5, .3), grip=.5, elbow=.75, hands=2),
    'crossing arms': Contact(
        'flank', (-.95, -.2, .1), across=True, grip=.9, elbow=.4, hands=2),
    'playing or tidying hair': Contact(
        'crown', (-.7, -.45, 0), elbow=.75, curl=(.3, ) * 5,
        stroke=(.26, .08, 0), hertz=(1.2, 2.)),
    'scratching or touching hindbrain': Contact(
        'hindbrain', (-.8, -.3, -.1), elbow=1.3,
        stroke=(.03, .06, 0)),
    'scratching or touching forehead': Contact(
        'forehead', (-.8, -.1, -.1), grip=1., elbow=.8, curl=(.4, ) * 5,
        stroke=(.1, 0, 0)),
    'scratching or touching face': Contact(
        'cheek', (-.3, -.9, -.1), elbow=.15, stroke=(.02, .09, 0),
        hertz=(2., 3.5)),
    'rubbing eyes': Contact(
        'eye', (-.5, -.7, -.2), elbow=.4, curl=_FIST, hands=2,
        stroke=(.06, .04, 0), hertz=(2.5, 4.)),
    'touching nose': Contact(
        'nose', (-.8, -.5, -.2), grip=.95, elbow=.1, curl=_INDEX,
        stroke=(.02, .03, 0), hertz=(1., 2.)),
    'touching ears': Contact(
        'ear', (-.15, -.8, 0), elbow=.7, curl=(.2, .3, .6, .6, .6),
        stroke=(0, .06, 0), hertz=(1., 2.)),
    'covering face': Contact(
        'face', (-.25, -1., 0), grip=.6, elbow=0., hands=2, stoop=.1),
    'covering mouth': Contact(
        'mouth', (-1., -.15, 0), grip=.6, elbow=.35, curl=(.1, ) * 5),
    'pushing glasses': Contact(
        'glasses', (-.15, -1., -.1), grip=1., elbow=.0, curl=_INDEX,
        stroke=(0, .05, 0), hertz=(1., 1.8)),
    'patting legs': Contact(
        'thigh', (-.2, .3, .8), grip=.6, elbow=.4, curl=(0., ) * 5, hands=2,
        stroke=(.02, -.2, 0), hertz=(1.6, 2.6)),
    'touching legs': Contact(
        'kneecap', (-.1, .7, .5), grip=.6, stoop=.25,
        stroke=(0, -.1, -.1), hertz=(.6, 1.1)),
    'scratching legs': Contact(
        'shin', (-.2, .9, .2), stoop=.7, curl=(.4, ) * 5,
        stroke=(.02, .09, 0)),
    'scratching feet': Contact(
        'ankle', (-.2, .9, .2), stoop=1.15, curl=(.4, ) * 5,
        stroke=(.07, .03, 0)),
}
# yapf: enable


def touch(contact: Contact, act: Performance) -> None:
    """Write the motion of a contact."""
    envelope = act.hold()
    act.pose.spine[:, 0] += contact.stoop * envelope
    act.pose.head[:, 1] += contact.tilt * act.sign * envelope
    wave = act.energy * act.swing(*contact.hertz)
    stroke = dict(across=contact.across, stroke=contact.stroke, wave=wave)
    for side in act.both[:contact.hands]:
        act.reach(side, contact.place, envelope, *contact[1:5], **stroke)
