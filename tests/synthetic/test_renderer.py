# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.geometry import Camera
from mmaction_microaction.synthetic.renderer import Figure
from mmaction_microaction.synthetic.skeleton import Pose, solve

WIDTH, HEIGHT = 96, 128


@pytest.fixture
def film():
    """A function: how a pose changes -> key points and frames of two moments,
    the second with the change."""

    def draw(change=lambda pose: None):
        subject = Subject(0, 'easy')
        pose = Pose(2, subject.build)
        change(pose)
        camera = Camera((WIDTH, HEIGHT), subject, np.zeros((2, 2)))
        figure = Figure(pose, solve(pose, subject.build), subject, camera)
        frames = np.full((2, HEIGHT, WIDTH, 3), 255, np.uint8)
        figure.draw(frames)
        return figure.keypoints(), frames

    return draw


def test_figure_fills_the_frame_and_key_points_are_on_it(film):
    (points, _), (frame, _) = film()
    drawn = (frame < 250).any(-1)
    rows, columns = np.nonzero(drawn)
    assert np.ptp(rows) > .7 * HEIGHT
    assert not drawn[[0, -1]].any() and not drawn[:, [0, -1]].any()
    assert abs(columns.mean() - WIDTH / 2) < 6
    assert points.shape == (28, 2)
    column, row = points.astype(int).T
    assert drawn[row, column].all()
    # The person's right is left in the picture: COCO-18 has right first.
    right, left = ([2, 4, 8, 10, 14, 16, 23], [5, 7, 11, 13, 15, 17, 18])
    assert (points[right, 0] < points[left, 0]).all()
    assert (np.diff(points[[0, 1, 8, 10], 1]) > 0).all()  # nose to ankle


def test_keypoints_move_with_the_picture(film):

    def lift(pose):
        pose.hand[1, 1] += [.2, -.9, 0]

    points, frames = film(lift)
    # Left wrist and thumb; right wrist.
    assert (points[1, [7, 18], 1] < points[0, [7, 18], 1] - 10).all()
    np.testing.assert_allclose(points[1, 4], points[0, 4])
    assert (frames[0] != frames[1]).any()


def test_what_is_drawn_now_and_then(film):

    def turn_and_hold(pose):
        pose.head[1, 2], pose.prop[1] = np.pi, .2

    frames = film(turn_and_hold)[1].astype(int)
    # The glasses of a head that is turned away are hidden.
    lens = frames[:, :45].min(-1) > 150
    assert lens[0].sum() != lens[1].sum()
    yellow = (np.abs(frames - [250, 200, 60]).max(-1) < 5).sum((1, 2))
    assert yellow[0] == 0 and yellow[1] > 5
