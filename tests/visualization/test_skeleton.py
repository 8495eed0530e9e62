# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from mmaction_microaction.pose import KeypointLayout
from mmaction_microaction.visualization.skeleton import draw_skeleton


def test_bones_and_points_of_a_side_are_drawn():
    layout = KeypointLayout.load('openpose28')
    points, scores = np.zeros((28, 2)), np.zeros(28)
    for name, place in dict(neck=(50, 20), left_shoulder=(80, 20),
                            left_elbow=(80, 60), right_shoulder=(20, 20),
                            right_elbow=(20, 60)).items():  # yapf: disable
        i = layout.points.index(name)
        points[i], scores[i] = place, .5
    scores[layout.points.index('right_elbow')] = .2
    scores[layout.points.index('nose')], points[0] = 1, np.nan
    canvas = np.zeros((3, 100, 100), np.uint8)  # in other strides
    draw_skeleton(canvas.transpose(1, 2, 0), points, scores)
    frame = canvas.transpose(1, 2, 0)
    red, blue = frame[..., 0] > 200, frame[..., 2] > 200
    assert red[40, 80] and red[20, 65] and blue[20, 35]
    assert not frame[40, 20].any()  # a bone to what is hardly seen
    assert not red[:, :45].any() and not blue[:, 55:].any()
    before = frame.copy()
    draw_skeleton(frame, points, scores * .5)
    assert np.array_equal(frame, before)


def test_a_point_outside_the_picture_harms_nothing():
    frame = np.zeros((32, 32, 3), np.uint8)
    points = np.full((17, 2), 1e30)
    draw_skeleton(frame, points, np.ones(17), 'coco17')
    assert not frame.any()
