# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The articulated figure: body proportions, poses and forward kinematics.

Axes: x to the right of the picture, y down, z towards the camera; origin at
the middle of the resting hips; unit: the length of the torso. Side 0 is the
person's right (left in the picture), side 1 the left.

Shapes: T frames, 2 sides, 5 fingers (thumb to little finger), 3 axes.
"""
from dataclasses import dataclass
from typing import Dict

import numpy as np

#: (2,) Sign of x on the person's right and left side.
SIDE_SIGN = np.array([-1., 1.])

_FINGERS_ACROSS = np.array([.5, .36, .12, -.12, -.34])
_FINGER_BASES = np.array([.18, .56, .6, .57, .5])
_FINGER_LENGTHS = np.array([.36, .44, .48, .45, .36])


@dataclass(frozen=True)
class Build:
    """Proportions of one person, in torso lengths."""
    shoulder: float = .38  # half the width
    hip: float = .18  # half the distance of the joints
    upper_arm: float = .60
    forearm: float = .52
    hand: float = .32  # fingers included
    thigh: float = .80
    shin: float = .92
    head: float = .29  # half the height
    girth: float = 1.  # thickness of the limbs, 1 is the average


class Pose:
    """Controls of the figure over T frames, initially at rest."""

    def __init__(self, num_frames: int, build: Build) -> None:

        def both(x: float, y: float, z: float) -> np.ndarray:
            return np.tile([[-x, y, z], [x, y, z]], (num_frames, 1, 1))

        def full(value: float, *shape: int) -> np.ndarray:
            return np.full((num_frames, *shape), value)

        # Hips; torso and head (against the torso): pitch (forwards), roll (to
        # the right of the picture), yaw, radians; lift of the shoulders.
        self.root, self.spine = full(0., 3), full(0., 3)
        self.head = full(0., 3)
        self.shrug = full(0., 2)
        # The place that the hand touches, the direction from wrist to finger
        # tips (any length), which point touches (0 wrist, 1 finger tips).
        self.hand = both(.25, -.04, .58)
        self.point = both(-.45, .35, .8)
        self.grip = full(.5, 2)
        self.elbow = full(.05, 2)  # how far it is raised sideways, 0-1
        self.curl = full(.15, 2, 5)  # of the fingers: 0 straight, 1 fist
        self.splay = full(.25, 2)  # spread of the fingers, about 0-1
        # Ankles; how far the knees point outwards; lift of the heel, radians.
        self.foot = both(.27, build.shin, .62)
        self.knee = full(.22, 2)
        self.heel = full(0., 2)
        # Angle of the object in the hands, radians; NaN: no object.
        self.prop = full(np.nan)


def rotations(angles: np.ndarray) -> np.ndarray:
    """(T, 3, 3) matrices, left-multiplied, of (T, 3) pitch, roll and yaw in
    radians, applied in this order."""
    (cp, cr, cy), (sp, sr, sy) = np.cos(angles).T, np.sin(angles).T
    one, nil = np.ones_like(cp), np.zeros_like(cp)

    def matrix(*rows: np.ndarray) -> np.ndarray:
        return np.stack(rows, -1).reshape(-1, 3, 3)

    pitch = matrix(one, nil, nil, nil, cp, sp, nil, -sp, cp)
    roll = matrix(cr, -sr, nil, sr, cr, nil, nil, nil, one)
    yaw = matrix(cy, nil, sy, nil, one, nil, -sy, nil, cy)
    return yaw @ roll @ pitch


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale vectors (last axis) to length 1; zero vectors stay zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)


def bend(root: np.ndarray, tip: np.ndarray, upper: float, lower: float,
         pole: np.ndarray) -> tuple:
    """Two-bone inverse kinematics, all (..., 3): the middle joint, bent
    towards ``pole``, and the tip or the nearest place within reach."""
    reach = tip - root
    distance = np.linalg.norm(reach, axis=-1, keepdims=True)
    axis = reach / np.maximum(distance, 1e-9)
    distance = np.clip(distance,
                       abs(upper - lower) + .02, upper + lower - 1e-3)
    # Law of cosines: foot of the joint on the axis, then its height above.
    along = (distance**2 + upper**2 - lower**2) / (2 * distance)
    height = np.sqrt(np.maximum(upper**2 - along**2, 0))
    side = unit(pole - (pole * axis).sum(-1, keepdims=True) * axis)
    return root + along * axis + height * side, root + distance * axis


def solve(pose: Pose, build: Build) -> Dict[str, np.ndarray]:
    """Forward kinematics: joint -> (T, 3), (T, 2, 3) or, of the fingers,
    (T, 2, 5, 3); ``torso_turn`` and ``head_turn`` are (T, 3, 3) rotations."""
    torso_turn = rotations(pose.spine)
    head_turn = torso_turn @ rotations(pose.head)
    hip_centre = pose.root
    neck = hip_centre + torso_turn @ np.array([0, -1.02, 0])
    head = neck + head_turn @ np.array([0, -.13 - build.head, .06])

    sign = np.broadcast_to(SIDE_SIGN, pose.shrug.shape)
    shoulder = np.stack([build.shoulder * sign, -.93 - pose.shrug, 0 * sign],
                        -1)
    shoulder = hip_centre[:, None] + shoulder @ torso_turn.swapaxes(1, 2)
    point = unit(pose.point)
    wrist = pose.hand - (pose.grip * build.hand)[..., None] * point
    pole = _elbow_pole(wrist - shoulder, pose.elbow)
    elbow, wrist = bend(shoulder, wrist, build.upper_arm, build.forearm, pole)

    hip = hip_centre[:, None] + SIDE_SIGN[:, None] * [[build.hip, 0, 0]]
    pole = np.stack([sign * pose.knee, -.6 + 0 * sign, 1 + 0 * sign], axis=-1)
    knee, ankle = bend(hip, pose.foot, build.thigh, build.shin, pole)
    # Feet point at the camera and a little outwards.
    toe = np.stack(
        [.28 * sign, .25 + np.sin(pose.heel), 1.1 * np.cos(pose.heel)], -1)
    return dict(
        _fingers(pose, build, wrist, point),
        hip_centre=hip_centre,
        neck=neck,
        head=head,
        shoulder=shoulder,
        elbow=elbow,
        wrist=wrist,
        hip=hip,
        knee=knee,
        ankle=ankle,
        toe=ankle + .24 * unit(toe),
        torso_turn=torso_turn,
        head_turn=head_turn)


def _elbow_pole(reach: np.ndarray, raised: np.ndarray) -> np.ndarray:
    """(T, 2, 3) direction of the elbows: that of an arm across the chest,
    turned with the arm by the shortest way, for smooth changes."""
    mirror = np.stack([SIDE_SIGN, [1., 1.], [1., 1.]], -1)
    crossed = unit(np.array([-.7, .3, .6]))
    outwards = unit(np.array([.6, 0, .7]))
    downwards = np.cross(crossed, outwards)
    angle = (1.3 - 1.9 * raised)[..., None]
    pole = np.cos(angle) * outwards + np.sin(angle) * downwards
    arm = unit(reach) * mirror
    share = (pole * arm).sum(-1) / np.maximum(1 + arm @ crossed, .05)
    return (pole - share[..., None] * (arm + crossed)) * mirror


def _fingers(pose: Pose, build: Build, wrist: np.ndarray,
             point: np.ndarray) -> Dict[str, np.ndarray]:
    """Palm centre (T, 2, 3), knuckles and finger tips (T, 2, 5, 3)."""
    # The palm lies across a normal that tilts up, so that neither a raised
    # hand nor one on a thigh is seen edge-on.
    across = unit(np.cross(point, [0., -.5, .87])) * SIDE_SIGN[:, None]
    offsets = _FINGERS_ACROSS[:, None] * across[..., None, :]
    knuckles = wrist[..., None, :] + build.hand * (
        _FINGER_BASES[:, None] * point[..., None, :] + .5 * offsets)
    direction = unit(point[..., None, :] +
                     (.5 + 2 * pose.splay)[..., None, None] * offsets)
    length = build.hand * _FINGER_LENGTHS * (1 - .85 * pose.curl)
    return dict(
        palm=wrist + .5 * build.hand * point,
        knuckles=knuckles,
        tips=knuckles + length[..., None] * direction)


#: Places on the head (units: half its height) and on the torso that a hand
#: can touch, given for the person's left side.
# yapf: disable
_ON_HEAD = dict(
    nose=(0, .12, 1.), glasses=(.0, -.12, 1.), forehead=(.12, -.55, .85),
    mouth=(0, .5, .95), eye=(.34, -.1, .9), cheek=(.55, .35, .7),
    ear=(.86, .0, .1), crown=(.3, -1.1, .15), hindbrain=(.15, -.15, -1.),
    neck=(.5, 1.25, .35), face=(.25, .1, 1.05))
_ON_TORSO = dict(
    sternum=(0, -.55, .24), chest=(.17, -.72, .22), back=(.05, -.38, -.3),
    shoulder=(.36, -1., .12), waist=(.34, -.1, .05), flank=(.3, -.5, .24))
# yapf: enable


def landmark(pose: Pose, build: Build, name: str, side: int) -> np.ndarray:
    """(T, 3) position of a body landmark on one side."""
    joints = solve(pose, build)
    mirror = np.array([SIDE_SIGN[side], 1., 1.])
    if name in _ON_HEAD:
        local = _ON_HEAD[name] * mirror * build.head
        return joints['head'] + joints['head_turn'] @ local
    if name in _ON_TORSO:
        local = _ON_TORSO[name] * mirror
        return joints['hip_centre'] + joints['torso_turn'] @ local
    start, end, share, lift = dict(
        forearm=('elbow', 'wrist', .45, .09),
        thigh=('hip', 'knee', .6, .12),
        kneecap=('hip', 'knee', 1., .1),
        shin=('knee', 'ankle', .45, .12),
        ankle=('knee', 'ankle', .95, .12))[name]
    place = joints[start] + share * (joints[end] - joints[start])
    towards_viewer = np.array([0., -.7, .7])
    return place[:, side] + lift * towards_viewer
