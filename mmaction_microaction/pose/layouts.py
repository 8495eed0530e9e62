# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which points a pose has, how they hang together, and which are mirrored.

Left and right are the person's. V points.
"""
from dataclasses import dataclass, fields
from typing import Any, Dict, Tuple, Union

from mmaction_microaction.utils.errors import UserError

Indices = Tuple[int, ...]


@dataclass(frozen=True)
class KeypointLayout:
    """The V points of a pose; UserError if the parts do not fit together."""
    name: str
    points: Tuple[str, ...]  # V
    # (child, parent); a tree whose root is ``center``. Points of the face may
    # be outside it.
    edges: Tuple[Tuple[int, int], ...]
    center: int
    # ``left[i]`` and ``right[i]`` are each other's mirror image.
    left: Indices
    right: Indices

    def __post_init__(self) -> None:
        parents = dict(self.edges)
        numbers = [self.center, *self.left, *self.right, *sum(self.edges, ())]
        paired = {*self.left, *self.right}
        problem = ''
        if len(set(self.points)) < len(self.points) or not self.points:
            problem = 'expected points with names of their own'
        elif not set(numbers) <= set(range(self.num_points)):
            problem = f'expected point numbers from 0 to {len(self.points)-1}'
        elif len(parents) < len(self.edges) or self.center in parents:
            problem = 'expected one parent of a point, and none of the center'
        elif not 2 * len(self.left) == 2 * len(self.right) == len(paired):
            problem = 'expected pairs of left and right points'
        else:
            for point in parents:
                for _ in parents:
                    point = parents.get(point, point)
                if point != self.center:
                    problem = 'expected edges that lead to the center'
        if problem:
            raise UserError(f'pose layout {self.name}: {problem}, but got '
                            f'points {self.points}, edges {self.edges}, '
                            f'center {self.center}, left {self.left}, '
                            f'right {self.right}')

    @staticmethod
    def load(source: Union[str, dict, 'KeypointLayout']) -> 'KeypointLayout':
        """A layout by its name, or from plain types.

        - ``openpose28``: the pose data of MA-52, and the default: the 18
          points of OpenPose's COCO model, then five finger tips (thumb first)
          of the left and of the right hand.
        - ``openpose18``, ``openpose25``: OpenPose's COCO and BODY_25 models.
        - ``coco17``, ``coco_wholebody133``: COCO (Jin et al., "Whole-Body
          Human Pose Estimation in the Wild", ECCV 2020, adds feet, a face of
          68 points and hands of 21; its edges leave out the face).
        - ``imigue22``: iMiGUE without legs: ``openpose18`` 0-7 and 14-17, then
          five points of the right and of the left hand. iMiGUE states no
          order; it is that of the first MiGA challenge's winner (graph
          ``openpose22`` of VUT-HFUT/MiGA2023_Track1, as its comment mends
          it). That the five are finger tips is our assumption, and also in
          ``openpose28``.
        - ``kinect25``: Kinect v2, which filmed SMG; NTU RGB+D's order.

        Args:
            source (str | dict | KeypointLayout): A name, or a dict of the
                fields; without ``left`` and ``right``, points called
                ``left_x`` and ``right_x`` are mirrored.

        Raises:
            UserError: If there is no such layout, or a field is wrong.
        """
        if isinstance(source, KeypointLayout):
            return source
        if not isinstance(source, dict):
            if source not in _LAYOUTS:
                raise UserError(f'there is no pose layout {source!r}; there '
                                f'are {", ".join(_LAYOUTS)}, or give a dict '
                                'of points, edges and center')
            return _LAYOUTS[source]
        content: Dict[str, Any] = dict(name='of a config', **source) \
            if 'name' not in source else dict(source)
        wrong = content.keys() - {x.name for x in fields(KeypointLayout)}
        missing = {'points', 'edges', 'center'} - content.keys()
        if wrong or missing:
            raise UserError('a pose layout has points, edges and center and '
                            'may have name, left and right, but got '
                            f'{sorted(source)}')
        content['points'] = tuple(content['points'])
        content['edges'] = tuple((a, b) for a, b in content['edges'])
        if not {'left', 'right'} & content.keys():
            content.update(zip(('left', 'right'), _pairs(content['points'])))
        for side in ('left', 'right'):
            content[side] = tuple(content.get(side, ()))
        return KeypointLayout(**content)

    @property
    def num_points(self) -> int:
        return len(self.points)

    def graph(self) -> Dict[str, Any]:
        """For ``graph_cfg=dict(layout=...)`` of the host's skeleton models."""
        return dict(
            num_node=self.num_points,
            center=self.center,
            inward=list(self.edges))


def _pairs(points: Tuple[str, ...]) -> Tuple[Indices, Indices]:
    """Points called left_x and right_x, in the order of the left ones."""
    number = {name: i for i, name in enumerate(points)}
    pairs = [(i, number[f'right_{name[5:]}']) for name, i in number.items()
             if name.startswith('left_') and f'right_{name[5:]}' in number]
    return tuple(x for x, _ in pairs), tuple(x for _, x in pairs)


def _face() -> str:
    """The 68 points of a face, the right half's with their own numbers."""
    pairs = [(i, 16 - i) for i in range(8)]  # jaw
    pairs += [(17 + i, 26 - i) for i in range(5)]  # brows
    pairs += [(31, 35), (32, 34), (36, 45), (37, 44), (38, 43), (39, 42),
              (40, 47), (41, 46)]  # nose, eyes
    pairs += [(48, 54), (49, 53), (50, 52), (59, 55), (58, 56), (60, 64),
              (61, 63), (67, 65)]  # mouth
    names = {i: f'face_{i}' for i in range(68)}
    for right, left in pairs:
        names[right], names[left] = f'right_face_{right}', f'left_face_{right}'
    return ' '.join(names.values())


def _each(side: str, names: str) -> str:
    return ' '.join(f'{side}_{name}' for name in names.split())


def _make(name: str, points: str, parents: Tuple[int, ...]) -> KeypointLayout:
    """``parents`` has one number for each point, -1 where there is none."""
    return KeypointLayout.load(
        dict(
            name=name,
            points=points.split(),
            edges=[(i, parent) for i, parent in enumerate(parents)
                   if parent >= 0],
            center=0 if name.startswith('coco') else parents.index(-1)))


_TIPS = 'thumb index_finger middle_finger ring_finger little_finger'
_ARM, _LEG = 'shoulder elbow wrist', 'hip knee ankle'
_FEET = 'big_toe small_toe heel'
_ARMS = f'nose neck {_each("right", _ARM)} {_each("left", _ARM)}'
_BODY = f'{_ARMS} {_each("right", _LEG)} {_each("left", _LEG)}'
_HEAD = 'right_eye left_eye right_ear left_ear'
_COCO = 'nose ' + ' '.join(
    _each('left', x) + ' ' + _each('right', x)
    for x in f'eye ear {_ARM} {_LEG}'.split())
_HAND = ' '.join(['hand', *(f'{x}_{i}' for x in _TIPS.split()
                            for i in range(4))])  # yapf: disable
_KINECT_ARM, _KINECT_LEG = f'{_ARM} hand', f'{_LEG} foot'
_KINECT = (
    f'spine_base spine_mid neck head {_each("left", _KINECT_ARM)} '
    f'{_each("right", _KINECT_ARM)} {_each("left", _KINECT_LEG)} '
    f'{_each("right", _KINECT_LEG)} spine_shoulder left_hand_tip left_thumb '
    'right_hand_tip right_thumb')

_UPPER = 1, -1, 1, 2, 3, 1, 5, 6
_OPENPOSE = (*_UPPER, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15)
_COCO17 = -1, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14


def _hand_parents(wrist: int, root: int) -> Indices:
    """Of a hand's 21 points: its root hangs on the wrist, the chains on it."""
    chains = [root + i - 1 if i % 4 != 1 else root for i in range(1, 21)]
    return (wrist, *chains)


_LAYOUTS = {
    x.name: x
    for x in (
        _make('openpose28',
              f'{_BODY} {_HEAD} {_each("left", _TIPS)} '
              f'{_each("right", _TIPS)}',
              (*_OPENPOSE, *[7] * 5, *[4] * 5)),
        _make('openpose25',
              f'{_ARMS} middle_hip {_each("right", _LEG)} '
              f'{_each("left", _LEG)} {_HEAD} {_each("left", _FEET)} '
              f'{_each("right", _FEET)}',
              (*_UPPER, 1, 8, 9, 10, 8, 12, 13, 0, 0, 15, 16, 14, 19, 14, 11,
               22, 11)),
        _make('openpose18', f'{_BODY} {_HEAD}', _OPENPOSE),
        _make('coco17', _COCO, _COCO17),
        _make('coco_wholebody133',
              f'{_COCO} {_each("left", _FEET)} {_each("right", _FEET)} '
              f'{_face()} {_each("left", _HAND)} {_each("right", _HAND)}',
              (*_COCO17, *[15] * 3, *[16] * 3, *[-1] * 68,
               *_hand_parents(9, 91), *_hand_parents(10, 112))),
        _make('imigue22',
              f'{_ARMS} {_HEAD} {_each("right", _TIPS)} '
              f'{_each("left", _TIPS)}',
              (*_UPPER, 0, 0, 8, 9, *[4] * 5, *[7] * 5)),
        _make('kinect25', _KINECT,
              (1, 20, 20, 2, 20, 4, 5, 6, 20, 8, 9, 10, 0, 12, 13, 14, 0, 16,
               17, 18, -1, 7, 7, 11, 11)),
    )
}  # yapf: disable
#: The names that :meth:`KeypointLayout.load` knows.
LAYOUT_NAMES = tuple(_LAYOUTS)
