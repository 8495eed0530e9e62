# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Layouts of key points: names, edges and mirror pairs.

Left and right are the person's. V points.
"""
from dataclasses import dataclass, fields
from typing import List, Sequence, Tuple, Union

from mmaction_microaction.utils.errors import UserError

Indices = Tuple[int, ...]


@dataclass(frozen=True)
class KeypointLayout:
    """The V points of a pose; UserError if the fields are inconsistent."""
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
        parents, sides = dict(self.edges), self.left + self.right
        numbers = [self.center, *sides, *sum(self.edges, ())]
        roots = set(parents)
        for _ in parents:  # one step up from each point
            roots = {parents.get(x, x) for x in roots}
        for holds, rule in (
            (len(set(self.points)) == len(self.points), 'points of one name'),
            (set(numbers) <= set(range(self.num_points)), 'unknown numbers'),
            (len({*parents, self.center}) == len(self.edges) + 1,
             'a point of two parents, or a center of one'),
            (roots <= {self.center}, 'edges that do not lead to the center'),
            (len(self.left) == len(self.right) == len(set(sides)) / 2,
             'other than pairs of left and right'),
        ):
            if not holds:
                raise UserError(f'pose layout {self.name} has {rule}: {self}')

    @staticmethod
    def load(source: Union[str, dict, 'KeypointLayout']) -> 'KeypointLayout':
        """Load a layout by name or from plain types.

        - ``openpose28``: the pose data of MA-52, and the default: the 18
          points of OpenPose's COCO model, then five finger tips (thumb first)
          of the left and of the right hand.
        - ``openpose18``, ``openpose25``: OpenPose's COCO and BODY_25 models.
        - ``coco17``, ``coco_wholebody133``: COCO (Jin et al., "Whole-Body
          Human Pose Estimation in the Wild", ECCV 2020, adds feet, a face of
          68 points and hands of 21; its edges omit the face).
        - ``imigue22``: iMiGUE without legs: ``openpose18`` 0-7 and 14-17, then
          five points of the right and of the left hand. iMiGUE states no
          order; this is that of the winner of the first MiGA challenge (graph
          ``openpose22`` of VUT-HFUT/MiGA2023_Track1, as corrected in its
          comment). That the five are finger tips is our assumption, also in
          ``openpose28``.
        - ``kinect25``: Kinect v2, as used for SMG; NTU RGB+D's order.

        Args:
            source (str | dict | KeypointLayout): A name, or a dict of the
                fields; without ``left`` and ``right``, points named ``left_x``
                and ``right_x`` are mirrored.

        Raises:
            UserError: If the layout is unknown, or a field is wrong.
        """
        if isinstance(source, KeypointLayout):
            return source
        if not isinstance(source, dict):
            if source not in _LAYOUTS:
                raise UserError(f'there is no pose layout {source!r}; there '
                                f'are {", ".join(_LAYOUTS)}, or give a dict '
                                'of points, edges and center')
            return _LAYOUTS[source]
        known = {x.name for x in fields(KeypointLayout)}
        if not {'points', 'edges', 'center'} <= source.keys() <= known:
            raise UserError('a pose layout has points, edges and center and '
                            'may have name, left and right, but got '
                            f'{sorted(source)}')
        content = dict(dict(name='of a config'), **source)
        if not {'left', 'right'} & content.keys():
            content['left'], content['right'] = _pairs(content['points'])
        for key in ('points', 'left', 'right'):
            content[key] = tuple(content.get(key, ()))
        content['edges'] = tuple((a, b) for a, b in content['edges'])
        return KeypointLayout(**content)

    @property
    def num_points(self) -> int:
        return len(self.points)


def _pairs(points: Sequence[str]) -> List[Indices]:
    """Points named left_x, in their order, and right_x."""
    stems = [
        x[5:] for x in points
        if x.startswith('left_') and f'right_{x[5:]}' in points
    ]
    return [tuple(points.index(f'{side}_{x}') for x in stems)
            for side in ('left', 'right')]  # yapf: disable


def _left(names: str) -> str:
    return ' '.join(f'left_{name}' for name in names.split())


def _right(names: str) -> str:
    return _left(names).replace('left', 'right')


def _make(name: str, points: str, parents: Indices) -> KeypointLayout:
    """``parents`` has one index per point, -1 for none."""
    edges = [(i, x) for i, x in enumerate(parents) if x >= 0]
    return KeypointLayout.load(
        dict(
            name=name,
            points=points.split(),
            edges=edges,
            center=parents.index(-1)))


_ARM, _LEG = 'shoulder elbow wrist', 'hip knee ankle'
_TIPS = 'thumb index_finger middle_finger ring_finger little_finger'
_FEET = 'big_toe small_toe heel'
_ARMS = f'nose neck {_right(_ARM)} {_left(_ARM)}'
_LEGS = f'{_right(_LEG)} {_left(_LEG)}'
_HEAD = 'right_eye left_eye right_ear left_ear'
_COCO = 'nose ' + ' '.join(f'left_{x} right_{x}'
                           for x in f'eye ear {_ARM} {_LEG}'.split())
_HAND = 'hand ' + ' '.join(f'{x}_{i}' for x in _TIPS.split() for i in range(4))
# The mirror image of each of the 68 points of a face; 0 is at the right ear.
_MIRROR = (*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33,
           32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
           *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66,
           65)  # yapf: disable
# The half that comes first is the right one but in the lower row of the lips.
_FACE = ' '.join(
    ('' if i == x else 'right_' if (i < x) != (i in (55, 56, 58, 59, 65,
                                                     67)) else 'left_') +
    f'face_{min(i, x)}' for i, x in enumerate(_MIRROR))

_UPPER = 1, -1, 1, 2, 3, 1, 5, 6
_OPENPOSE = (*_UPPER, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15)
_COCO17 = -1, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14
# Of a hand's fingers, from its first point on.
_CHAINS = [i - 1 if i % 4 != 1 else 0 for i in range(1, 21)]
_ALL = (
    _make('openpose28',
          f'{_ARMS} {_LEGS} {_HEAD} {_left(_TIPS)} {_right(_TIPS)}',
          (*_OPENPOSE, *[7] * 5, *[4] * 5)),
    _make('openpose25',
          f'{_ARMS} middle_hip {_LEGS} {_HEAD} {_left(_FEET)} {_right(_FEET)}',
          (*_UPPER, 1, 8, 9, 10, 8, 12, 13, 0, 0, 15, 16, 14, 19, 14, 11, 22,
           11)),
    _make('openpose18', f'{_ARMS} {_LEGS} {_HEAD}', _OPENPOSE),
    _make('coco17', _COCO, _COCO17),
    _make('coco_wholebody133',
          f'{_COCO} {_left(_FEET)} {_right(_FEET)} {_FACE} {_left(_HAND)} '
          f'{_right(_HAND)}',
          (*_COCO17, *[15] * 3, *[16] * 3, *[-1] * 68,
           9, *[91 + x for x in _CHAINS], 10, *[112 + x for x in _CHAINS])),
    _make('imigue22', f'{_ARMS} {_HEAD} {_right(_TIPS)} {_left(_TIPS)}',
          (*_UPPER, 0, 0, 8, 9, *[4] * 5, *[7] * 5)),
    _make('kinect25',
          f'spine_base spine_mid neck head {_left(_ARM)} left_hand '
          f'{_right(_ARM)} right_hand {_left(_LEG)} left_foot {_right(_LEG)} '
          'right_foot spine_shoulder left_hand_tip left_thumb right_hand_tip '
          'right_thumb',
          (1, 20, 20, 2, 20, 4, 5, 6, 20, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17,
           18, -1, 7, 7, 11, 11)),
)  # yapf: disable
_LAYOUTS = {x.name: x for x in _ALL}
#: The names that :meth:`KeypointLayout.load` knows.
LAYOUT_NAMES = tuple(_LAYOUTS)
