# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from mmaction_microaction.labels import ACTION_NAMES
from mmaction_microaction.visualization.point_names import name_points


def make_axes():
    figure = Figure((9, 7), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return axes


def boxes(axes, texts):
    axes.figure.draw_without_rendering()
    renderer = axes.figure.canvas.get_renderer()
    return [Text.get_window_extent(text, renderer) for text in texts]


def test_names_of_a_crowd_do_not_touch():
    axes = make_axes()
    points = np.random.default_rng(0).uniform(0.3, 0.7, (52, 2))
    texts = name_points(axes, points, ACTION_NAMES)
    assert len(texts) > 40
    found = boxes(axes, texts)
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    for x, y in axes.transData.transform(points):
        assert not any(box.contains(x, y) for box in found)
    frame = axes.get_window_extent()
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 for b in found)


def test_a_lonely_name_stands_beside_its_point():
    axes = make_axes()
    text, = name_points(axes, np.array([[0.5, 0.5]]), ['nodding'])
    box, = boxes(axes, [text])
    x, y = axes.transData.transform((0.5, 0.5))
    assert 0 < box.x0 - x < 10 and abs(box.y0 - y) < 10
    assert text.arrow_patch is None


def test_other_points_are_not_hidden():
    axes = make_axes()
    point = np.array([[0.5, 0.5]])
    x, y = axes.transData.transform(point[0])
    other = axes.transData.inverted().transform([[x + 25, y + 8]])
    text, = name_points(axes, point, ['nodding'], avoid=other)
    box, = boxes(axes, [text])
    assert not box.contains(x + 25, y + 8)


def test_no_room_no_name():
    axes = make_axes()
    assert name_points(axes, np.array([[0.5, 0.5]]), ['x' * 500]) == []
    assert name_points(axes, np.zeros((0, 2)), []) == []
