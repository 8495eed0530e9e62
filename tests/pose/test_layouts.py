# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmaction.models.utils import Graph

from mmaction_microaction.pose import KeypointLayout

#: Points, parents of some by name, and pairs, written out by hand.
NAMED = {
    'openpose28': (28, 13, 'left_thumb-left_wrist right_thumb-right_wrist '
                   'right_knee-right_hip left_ear-left_eye'),
    'openpose25': (25, 11, 'left_hip-middle_hip middle_hip-neck '
                   'right_heel-right_ankle left_small_toe-left_big_toe'),
    'openpose18': (18, 8, 'left_hip-left_shoulder right_eye-nose'),
    'coco17': (17, 8, 'left_eye-nose left_ankle-left_knee'),
    'coco_wholebody133':
    (133, 8 + 3 + 29 + 21, 'left_heel-left_ankle left_hand-left_wrist '
     'right_thumb_0-right_hand right_little_finger_3-right_little_finger_2'),
    'imigue22': (22, 10, 'left_thumb-left_wrist right_thumb-right_wrist '
                 'left_ear-left_eye'),
    'kinect25':
    (25, 10, 'head-neck left_thumb-left_hand spine_base-spine_mid'),
}


@pytest.mark.parametrize('name', NAMED)
def test_layout_is_a_mirrored_tree(name):
    layout = KeypointLayout.load(name)
    num_points, num_pairs, some = NAMED[name]
    assert (layout.num_points, len(layout.left)) == (num_points, num_pairs)
    edges = {(layout.points[a], layout.points[b]) for a, b in layout.edges}
    assert edges >= {tuple(x.split('-')) for x in some.split()}
    # Breadth first from the centre: it reaches all that have an edge.
    reached, frontier = {layout.center}, {layout.center}
    while frontier:
        frontier = {a for a, b in layout.edges if b in frontier} - reached
        reached |= frontier
    face = {i for i, x in enumerate(layout.points) if 'face' in x}
    assert reached == set(range(num_points)) - face
    assert len(layout.edges) == len(reached) - 1

    def mirrored(name):
        swap = dict(left_='right_', right_='left_')
        start = name.partition('_')[0] + '_'
        return swap.get(start, start) + name.partition('_')[2] \
            if '_' in name else name

    pairs = dict(zip(layout.left, layout.right))
    pairs.update({b: a for a, b in pairs.items()})
    for i, point in enumerate(layout.points):
        assert mirrored(point) == layout.points[pairs.get(i, i)]
    flipped = {(mirrored(a), mirrored(b)) for a, b in edges}
    assert flipped == edges


@pytest.mark.parametrize('host, name', [('openpose', 'openpose18'),
                                        ('coco', 'coco17'),
                                        ('nturgb+d', 'kinect25')])
def test_graphs_are_those_of_the_host(host, name):
    layout = KeypointLayout.load(name)
    theirs, ours = Graph(host), Graph(
        dict(
            num_node=layout.num_points,
            center=layout.center,
            inward=list(layout.edges)))
    assert set(theirs.inward) == set(ours.inward)
    assert (theirs.num_node, theirs.center) == (ours.num_node, ours.center)
    assert (theirs.A == ours.A).all()


def test_order_of_the_28_points():
    layout = KeypointLayout.load('openpose28')
    at = {name: i for i, name in enumerate(layout.points)}
    ends = dict(nose=0, neck=1, right_shoulder=2, right_wrist=4, left_wrist=7,
                right_ankle=10, left_ankle=13, right_eye=14, left_eye=15,
                right_ear=16, left_ear=17, left_thumb=18,
                left_little_finger=22, right_thumb=23,
                right_little_finger=27)  # yapf: disable
    assert ends.items() <= at.items()
    assert layout.edges[17:] == tuple([(i, 7) for i in range(18, 23)] +
                                      [(i, 4) for i in range(23, 28)])


def test_own_layout():
    own = dict(points=['hip', 'left_knee', 'right_knee'],
               edges=[[1, 0], [2, 0]], center=0)  # yapf: disable
    layout = KeypointLayout.load(own)
    assert (layout.left, layout.right) == ((1, ), (2, ))
    assert KeypointLayout.load(layout) is layout
    assert KeypointLayout.load(dict(own, left=[2], right=[1])).left == (2, )


@pytest.mark.parametrize('change, message', [
    (dict(edges=[[1, 2], [2, 1]]), 'lead to the center'),
    (dict(edges=[[1, 0], [1, 2]]), 'two parents'),
    (dict(edges=[[0, 0]]), 'a center of one'),
    (dict(center=3), 'unknown numbers'),
    (dict(points=['a', 'a', 'b']), 'points of one name'),
    (dict(left=[1], right=[1]), 'pairs'),
    (dict(joints=3), "'joints'"),
])
def test_bad_layout(change, message):
    own = dict(points=['a', 'b', 'c'], edges=[[1, 0], [2, 0]], center=0)
    with pytest.raises(ValueError, match=message):
        KeypointLayout.load(dict(own, **change))


def test_unknown_name():
    with pytest.raises(ValueError, match="no pose layout 'coco'.*openpose28"):
        KeypointLayout.load('coco')
