# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.pose import KeypointLayout
from mmaction_microaction.pose.converters import (Estimates, follow_person,
                                                  make_entry, to_openpose28)
from mmaction_microaction.utils.errors import UserError

POINTS = KeypointLayout.load('openpose28').points
#: As mediapipe's documentation lists them.
BLAZEPOSE = '''nose left_eye_inner left_eye left_eye_outer right_eye_inner
right_eye right_eye_outer left_ear right_ear mouth_left mouth_right
left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist
left_little_finger right_little_finger left_index_finger right_index_finger
left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle
right_ankle left_heel right_heel left_foot_index right_foot_index'''.split()
HAND = ['wrist'] + [
    f'{x}{"_" * (i < 3)}{i if i < 3 else ""}'
    for x in ('thumb', 'index_finger', 'middle_finger', 'ring_finger',
              'little_finger') for i in range(4)
]


def names_of(source, hands):
    if source == 'blazepose33':
        names = list(BLAZEPOSE)
    else:
        names = list(KeypointLayout.load(source).points)
    if source == 'coco_wholebody133':
        names = names[:-42]
    if hands:
        if source == 'blazepose33':  # the hand's own tips are meant
            names = [f'{x}_of_body' if 17 <= i < 23 else x
                     for i, x in enumerate(names)]  # yapf: disable
        names += [
            f'{side}_{x}' if x != 'wrist' else f'{side}_hand'
            for side in ('left', 'right') for x in HAND
        ]
    return names


@pytest.mark.parametrize('source, hands', [
    ('openpose18', False), ('openpose18', True), ('openpose25', False),
    ('openpose25', True), ('coco17', False), ('coco_wholebody133', True),
    ('blazepose33', False), ('blazepose33', True)])  # yapf: disable
def test_points_keep_their_names(source, hands):
    """Against the names of the points; none is mirrored."""
    names = names_of(source, hands)
    rng = np.random.default_rng(0)
    points = rng.uniform(1, 99, (3, len(names), 2))
    scores = rng.uniform(.1, 1, (3, len(names)))
    out, out_scores = to_openpose28(points, scores, source)
    assert out.shape == (3, 28, 2) and out.dtype == np.float32
    for i, name in enumerate(POINTS):
        if name in names:
            k = names.index(name)
            expected, score = points[:, k], scores[:, k]
        elif name == 'neck':
            pair = [names.index(f'{x}_shoulder') for x in ('left', 'right')]
            expected = points[:, pair].mean(1)
            score = scores[:, pair].min(1)
        else:
            expected, score = 0, 0
            assert 'finger' in name or 'thumb' in name
            assert not hands
        np.testing.assert_allclose(
            out[:, i], expected + np.zeros((3, 2)), rtol=1e-6)
        np.testing.assert_allclose(out_scores[:, i], score, rtol=1e-6)


def test_missing_points_and_stand_ins():
    points, scores = np.full((75, 2), 5.), np.full(75, 2.)
    scores[33:54] = 0  # no left hand: thumb, index, little finger of the body
    points[17:23] = 7
    scores[12] = -1  # a shoulder, so the neck, too
    points[13] = np.nan  # left elbow
    out, out_scores = to_openpose28(points, scores, 'blazepose33')
    lost = [
        'neck', 'right_shoulder', 'left_elbow', 'left_middle_finger',
        'left_ring_finger'
    ]
    for i, name in enumerate(POINTS):
        tip = name in ('left_thumb', 'left_index_finger', 'left_little_finger')
        assert out_scores[i] == (name not in lost), name
        assert (out[i] == (0 if name in lost else 7 if tip else 5)).all()


@pytest.mark.parametrize('shape, source, message',
                         [((18, ), 'coco17', 'V 17 or 59'),
                          ((91, ), 'coco_wholebody133', 'V 133,'),
                          ((17, ), 'odd', 'only those of openpose18')])
def test_wrong_points(shape, source, message):
    with pytest.raises(UserError, match=message):
        to_openpose28(np.ones((*shape, 2)), np.ones(shape), source)


def person(x, score=.5):
    """Four points of a square of 10 pixels."""
    square = np.array([[0, 0], [10, 0], [0, 10], [10, 10]]) + x
    return np.column_stack([square, np.full(4, score)])


def test_the_most_confident_person_is_followed():
    """Through frames where another is first, more confident, or alone."""
    other = person(50, .6)
    nobody = np.zeros((0, 0, 3))
    frames = [np.stack([other, person(0)]), np.stack([person(1, .9), other]),
              np.stack([other, person(4, .2)]), nobody, other[None],
              np.stack([other, person(6)])]  # yapf: disable
    found, problems = follow_person(frames)
    assert found[:, 0, 0].tolist() == [0, 1, 4, 0, 0, 6]
    assert found[:, 0, 2] == pytest.approx([.5, .9, .2, 0, 0, .5])
    assert problems == [
        'more than one person in 4 of 6 frames; the most '
        'confident one is followed'
    ]
    assert follow_person([nobody, nobody])[0].shape == (2, 0, 3)


@pytest.mark.parametrize('gap, back, found', [
    (8, [20], 20),  # aside
    (2, [50], 0),  # too far for such a while
    (50, [-200], 0),  # the other one, and beside them the person
    (50, [-190, 100], 100),
    (0, [4], 4)])  # yapf: disable
@pytest.mark.parametrize('order', [1, -1])
def test_a_person_comes_back(gap, back, found, order):
    """From where one point of them was seen, and a stray box (60)."""
    first = np.stack([person(0, .9), person(-200, .8), person(60, .2)])
    point = first.copy()
    point[0, 1:] = 0
    frames = [first, point, *[np.zeros((0, 0, 3))] * gap,
              np.stack([person(x) for x in back])]  # yapf: disable
    last = follow_person(frames[::order])[0][::order][-1]
    assert last[0].tolist() == pytest.approx([found, found, .5 * (found > 0)])


def test_entry():
    """What is outside the picture is missing; nobody is told."""
    inside = np.full((1, 17, 3), .8)
    inside[0, :, :2] = 5, 9
    inside[0, 0, :2] = 3, 10  # the nose, one pixel below
    frames = [inside, np.zeros((0, 0, 3))]
    entry = make_entry('a/b.c.mp4', Estimates(frames, 'coco17'), 'me',
                       (10, 20), 25)
    assert entry.pop('keypoint').tolist() == [[
        [[0, 0], *[[5, 9]] * 17, *[[0, 0]] * 10], [[0, 0]] * 28
    ]]  # yapf: disable
    scores = entry.pop('keypoint_score')
    assert scores.shape == (1, 2, 28) and scores[0, 0, :2].tolist() == [
        0, np.float32(.8)]  # yapf: disable
    assert entry == dict(
        frame_dir='b.c', total_frames=2, img_shape=(10, 20),
        original_shape=(10, 20), source='me', layout='openpose28', fps=25.,
        problems=['no person in 1 of 2 frames'])  # yapf: disable
    empty = make_entry('b', Estimates(frames[1:], 'coco17'), 'me', (10, 20))
    assert not empty['keypoint_score'].any() and 'fps' not in empty
