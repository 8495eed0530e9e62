# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Draw the figure: joints in, frames and 2-D key points out.

All polygons of a clip, mostly tapered capsules, are computed at once; the loop
over frames only sorts them by depth and fills them.

Shapes: T frames, P polygon corners, H height, W width.
"""
from typing import Dict, List, NamedTuple, Tuple

import numpy as np

from .appearance import Subject
from .geometry import Camera, capsule, ellipse, fill, ink, outline
from .skeleton import SIDE_SIGN, Pose

_NOWHERE = -1000.  # pixels: where hidden things are drawn


class _Shape(NamedTuple):
    """One polygon over time: (T, P, 2) pixels, RGB, outlined or not."""
    polygon: np.ndarray
    colour: np.ndarray
    outlined: bool = True


class _Part(NamedTuple):
    """Shapes drawn together, outlines first, at (T,) one depth."""
    depth: np.ndarray
    shapes: List[_Shape]


class Figure:
    """All polygons of a clip: T poses and their joints, seen by a camera."""

    def __init__(self, pose: Pose, joints: Dict[str, np.ndarray],
                 subject: Subject, camera: Camera) -> None:
        self.pose, self.joints = pose, joints
        self.subject, self.camera = subject, camera
        self.colours = subject.colours
        self.unit = camera.scale * subject.build.girth
        self.flat = {
            name: camera.project(value)
            for name, value in joints.items() if not name.endswith('turn')
        }
        self.parts = [*self._trunk(), *self._head()]
        for side in range(2):
            self.parts += [*self._leg(side), *self._arm(side)]
        if not np.isnan(pose.prop).all():
            self.parts.append(self._prop())

    def _limb(self, a, b, radius_a: float, radius_b: float, *style) -> _Shape:
        """A capsule from a to b (T, 2); then colour, and whether outlined."""
        radii = radius_a * self.unit, radius_b * self.unit
        return _Shape(capsule(a, b, *radii), *style)

    def _trunk(self) -> List[_Part]:
        """Pelvis and thighs, then the torso over them, then the neck."""
        flat, shirt = self.flat, self.colours['shirt']
        skin, trousers = .93 * self.colours['skin'], self.colours['trousers']
        hips, knees = (flat[n].swapaxes(0, 1) for n in ('hip', 'knee'))
        legs = [self._limb(*hips, .15, .15, trousers)]
        for hip, knee in zip(hips, knees):
            legs.append(self._limb(hip, knee, .145, .13, trousers))
        right, left = flat['shoulder'].swapaxes(0, 1)
        inward = .1 * (left - right)
        chest = [right + .2 * inward, left - .2 * inward]
        chest += [hips[1] + .4 * inward, hips[0] - .4 * inward]
        torso = [
            self._limb(right + inward, left - inward, .115, .115, shirt),
            self._limb(*hips, .15, .15, shirt),
            _Shape(np.stack(chest, 1), shirt),
        ]
        throat = flat['neck'] + .6 * (flat['head'] - flat['neck'])
        collar = flat['neck'] + [0, .06 * self.unit]
        neck = [
            self._limb(flat['neck'], throat, .11, .1, skin),
            self._limb(flat['neck'], collar, .11, .05, skin, False)
        ]
        depths = np.full((len(right), 3), [-.02, 0, .02]).T
        return [*map(_Part, depths, (legs, torso, neck))]

    def _on_face(self, *points: Tuple[float, float, float]) -> np.ndarray:
        """Project points of the head, given in half heads: (T, N, 2)."""
        local = np.array(points).T * self.subject.build.head
        turned = self.joints['head_turn'] @ local
        return self.camera.project(self.joints['head'][:, None] +
                                   turned.swapaxes(1, 2))

    def _head(self) -> List[_Part]:
        skin, hair = self.colours['skin'], self.colours['hair']
        size = self.subject.build.head * self.camera.scale
        up = self._on_face((0, -1, 0))[:, 0] - self.flat['head']
        roll = np.arctan2(up[:, 0], -up[:, 1])
        crown, nape, locks, face, chin, *ears = self._on_face(
            (0, -.2, -.05), (0, .05, -.25), (0, .85, -.3), (0, .08, .42),
            (0, .48, .5), (-.84, .1, 0), (.84, .1, 0)).swapaxes(0, 1)
        facing = self.joints['head_turn'][:, :, 2]
        # Less of the face is seen when it turns, more hair when it bows.
        wide = .42 + .14 * np.abs(facing[:, 2])
        high = .72 - .3 * facing[:, 1].clip(0, 1)
        shapes = [
            _Shape(capsule(crown, nape, .83 * size, .72 * size), hair),
            *(_Shape(ellipse(ear, .15 * size, .21 * size, roll), skin)
              for ear in ears),
            _Shape(ellipse(face, .72 * size, high * size, roll), skin, False),
            _Shape(ellipse(chin, wide * size, .58 * size, roll), skin, False),
            *self._features(size, roll),
        ]
        # The head is in front of the torso even when it leans back; long
        # hair falls between the two.
        depth = np.maximum(self.joints['head'][:, 2], .05)
        bob = _Shape(capsule(nape, locks, .86 * size, .8 * size), hair)
        parts = [_Part(depth, shapes), _Part(0 * depth + .01, [bob])]
        return parts[:1 + self.subject.long_hair]

    def _features(self, size: float, roll: np.ndarray) -> List[_Shape]:
        """Eyes, brows, glasses, nose and mouth, hidden when turned away."""
        skin, dark = self.colours['skin'], .4 * self.colours['hair']
        rim, lip = np.array([70., 62., 66.]), .55 * skin + [60, 0, 0]
        shapes = []

        def add(points: tuple, colour, width: float, height=0.) -> None:
            """An ellipse at one point, or a line between two."""
            flat, w = self._on_face(*points), width * size
            polygon = ellipse(flat[:, 0], w, height * size, roll) if height \
                else capsule(flat[:, 0], flat[:, 1], w, w)
            turned = self.joints['head_turn'] @ np.array(points[0])
            polygon[turned[:, 2] < .15] = _NOWHERE
            shapes.append(_Shape(polygon, colour, False))

        for sign in SIDE_SIGN:
            eye = (.33 * sign, -.03, .9)
            # Everybody wears glasses, so that they give no class away.
            add((eye, ), rim, .26, .22)
            add((eye, ), .75 * skin + 60, .22, .18)
            add((eye, ), dark, .075, .1)
            add(((.2 * sign, -.32, .9), (.46 * sign, -.33, .85)), dark, .045)
            add(((.6 * sign, -.05, .8), (.84 * sign, -.05, 0)), rim, .03)
        add(((-.08, -.03, .98), (.08, -.03, .98)), rim, .04)
        add(((0, .08, 1.), (0, .26, 1.1)), .84 * skin, .085)
        add(((-.19, .58, .88), (.19, .58, .88)), lip, .055)
        return shapes

    def _arm(self, side: int) -> List[_Part]:
        flat, joints = self.flat, self.joints
        skin, shirt = self.colours['skin'], self.colours['shirt']
        shoulder, elbow, wrist = (
            flat[name][:, side] for name in ('shoulder', 'elbow', 'wrist'))
        long = self.subject.long_sleeves
        upper = [self._limb(shoulder, elbow, .12, .09, shirt)]
        if not long:
            cuff = shoulder + .6 * (elbow - shoulder)
            upper = [
                self._limb(shoulder, elbow, .09, .08, skin),
                self._limb(shoulder, cuff, .12, .115, shirt)
            ]
        lower = self._limb(elbow, wrist, .085, .06, shirt if long else skin)
        z = [joints[name][:, side, 2] for name in ('elbow', 'wrist')]
        return [
            _Part(.12 + .3 * z[0] + .2 * np.minimum(z[1], 0), upper),
            _Part(.2 + .5 * (z[0] + z[1]) + np.minimum(z[1], 0), [lower]),
            _Part(.25 + joints['palm'][:, side, 2], self._hand(side)),
        ]

    def _hand(self, side: int) -> List[_Shape]:
        skin, flat = self.colours['skin'], self.flat
        wrist = flat['wrist'][:, side]
        knuckles, tips = flat['knuckles'][:, side], flat['tips'][:, side]
        fingers = zip(knuckles.swapaxes(0, 1), tips.swapaxes(0, 1))
        middle = knuckles[:, 1:].mean(1)
        shapes = [self._limb(a, b, .036, .03, skin) for a, b in fingers]
        return [*shapes, self._limb(wrist, middle, .055, .085, skin)]

    def _leg(self, side: int) -> List[_Part]:
        flat, joints = self.flat, self.joints
        trousers, shoes = self.colours['trousers'], self.colours['shoes']
        knee, ankle, toe = (
            flat[name][:, side] for name in ('knee', 'ankle', 'toe'))
        z = [joints[name][:, side, 2] for name in ('knee', 'ankle')]
        shin = self._limb(knee, ankle, .13, .085, trousers)
        foot = self._limb(ankle, toe, .075, .095, shoes)
        return [
            _Part(.4 * z[0] + .3 * z[1], [shin]),
            _Part(.7 * z[1] - .05, [foot]),
        ]

    def _prop(self) -> _Part:
        """The object played with by two hands."""
        angle = np.nan_to_num(self.pose.prop)
        centre = self.flat['palm'].mean(1) - [0, .1 * self.unit]
        half = .17 * self.unit * np.stack([np.cos(angle), np.sin(angle)], -1)
        shape = self._limb(centre - half, centre + half, .075, .075,
                           np.array([250., 200., 60.]))
        shape.polygon[np.isnan(self.pose.prop)] = _NOWHERE
        return _Part(self.joints['palm'][..., 2].min(1) + .2, [shape])

    def keypoints(self) -> np.ndarray:
        """(T, 28, 2) in pixels, in the order of :class:`Clip`."""
        flat = self.flat
        face = self._on_face((0, .15, 1.05), (-.34, -.05, .9), (.34, -.05, .9),
                             (-.84, .1, 0), (.84, .1, 0))
        limbs = ('shoulder', 'elbow', 'wrist'), ('hip', 'knee', 'ankle')
        chains = [flat[name][:, side, None] for limb in limbs
                  for side in range(2) for name in limb]  # yapf: disable
        parts = [face[:, :1], flat['neck'][:, None], *chains, face[:, 1:]]
        return np.concatenate([*parts, flat['tips'][:, 1], flat['tips'][:, 0]],
                              1)

    def draw(self, frames: np.ndarray) -> None:
        """Draw the figure onto (T, H, W, 3) uint8 frames, in place."""
        layers = []
        for part in self.parts:
            rims = [
                outline(s.polygon, s.colour, self.camera.outline)
                for s in part.shapes if s.outlined
            ]
            layers.append(rims + [ink(*s[:2]) for s in part.shapes])
        order = np.argsort([part.depth for part in self.parts], axis=0)
        for t, frame in enumerate(frames):
            for index in order[:, t]:
                for polygon, colour in layers[index]:
                    fill(frame, polygon[t], colour)
