# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.geometry import Camera
from mmaction_microaction.synthetic.renderer import Figure
from mmaction_microaction.synthetic.skeleton import Pose, solve

WIDTH, HEIGHT = 96, 128


def _figure(prepare=lambda pose: None):
    subject = Subject(0, 'easy')
    pose = Pose(2, subject.build)
    prepare(pose)
    camera = Camera((WIDTH, HEIGHT), subject, np.zeros((2, 2)))
    return Figure(pose, solve(pose, subject.build), subject, camera)


def _draw(figure):
    frames = np.full((2, HEIGHT, WIDTH, 3), 255, np.uint8)
    figure.draw(frames)
    return frames


def test_figure_fills_much_of_the_frame_and_stays_inside():
    drawn = (_draw(_figure())[0] < 250).any(-1)
    rows, columns = np.nonzero(drawn)
    assert np.ptp(rows) > .7 * HEIGHT
    assert not drawn[[0, -1]].any() and not drawn[:, [0, -1]].any()
    assert abs(columns.mean() - WIDTH / 2) < 6


def test_keypoints_are_where_the_figure_is_drawn():
    figure = _figure()
    points, frame = figure.keypoints()[0], _draw(figure)[0]
    assert points.shape == (28, 2)
    column, row = points.astype(int).T
    assert (frame[row, column] < 250).any(-1).all()
    # The person's right is left in the picture: COCO-18 has right first.
    right, left = points[[2, 4, 8, 10, 14, 16, 23], 0], \
        points[[5, 7, 11, 13, 15, 17, 18], 0]
    assert (right < left).all()
    nose, neck, hip, ankle = points[[0, 1, 8, 10], 1]
    assert nose < neck < hip < ankle


def test_keypoints_move_with_the_picture():

    def lift(pose):
        pose.hand[1, 1] += [.2, -.9, 0]

    figure = _figure(lift)
    points, frames = figure.keypoints(), _draw(figure)
    for point in (7, 18):  # left wrist and thumb
        assert points[1, point, 1] < points[0, point, 1] - 10
    np.testing.assert_allclose(points[1, 4], points[0, 4])  # right wrist
    assert (frames[0] != frames[1]).any()


def test_what_is_drawn_now_and_then():

    def turn_and_hold(pose):
        pose.head[1, 2], pose.prop[1] = np.pi, .2

    frames = _draw(_figure(turn_and_hold)).astype(int)
    # The glasses of a head that is turned away are hidden.
    lens = frames[:, :45].min(-1) > 150
    assert lens[0].sum() != lens[1].sum()
    yellow = (np.abs(frames - [250, 200, 60]).max(-1) < 5).sum((1, 2))
    assert yellow[0] == 0 and yellow[1] > 5
