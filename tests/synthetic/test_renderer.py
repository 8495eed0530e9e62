# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.geometry import Camera
from mmaction_microaction.synthetic.renderer import Figure
from mmaction_microaction.synthetic.skeleton import Pose, solve

WIDTH, HEIGHT = 96, 128


def test_figure_and_key_points_at_rest_and_moved():
    subject = Subject(0, 'easy')
    pose = Pose(2, subject.build)
    # In the second frame the left hand is up, the head turned away, and there
    # is an object.
    pose.hand[1, 1] += [.2, -.9, 0]
    pose.head[1, 2], pose.prop[1] = np.pi, .2
    camera = Camera((WIDTH, HEIGHT), subject, np.zeros((2, 2)))
    figure = Figure(pose, solve(pose, subject.build), subject, camera)
    frames = np.full((2, HEIGHT, WIDTH, 3), 255, np.uint8)
    figure.draw(frames)
    drawn = (frames[0] < 250).any(-1)
    rows, columns = np.nonzero(drawn)
    assert np.ptp(rows) > .7 * HEIGHT
    assert not drawn[[0, -1]].any() and not drawn[:, [0, -1]].any()
    assert abs(columns.mean() - WIDTH / 2) < 6

    rest, moved = figure.keypoints()
    assert rest.shape == (28, 2)
    column, row = rest.astype(int).T
    assert drawn[row, column].all()
    # The person's right is left in the picture: COCO-18 has right first.
    right, left = ([2, 4, 8, 10, 14, 16, 23], [5, 7, 11, 13, 15, 17, 18])
    assert (rest[right, 0] < rest[left, 0]).all()
    assert (np.diff(rest[[0, 1, 8, 10], 1]) > 0).all()  # nose to ankle
    # Left wrist and thumb; right wrist.
    assert (moved[[7, 18], 1] < rest[[7, 18], 1] - 10).all()
    np.testing.assert_allclose(moved[4], rest[4])
    # The glasses of a head that is turned away are hidden.
    lens = frames[:, :45].min(-1) > 150
    assert lens[0].sum() != lens[1].sum()
    change = np.abs(frames.astype(int) - [250, 200, 60]).max(-1)
    yellow = (change < 5).sum((1, 2))
    assert yellow[0] == 0 and yellow[1] > 5
