# Copyright (c) mmaction-microaction contributors. All rights reserved.
from functools import partial
from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import (draw_class_scatter,
                                                draw_embedding_map)
from mmaction_microaction.visualization.scatter import (far_from_trend,
                                                        name_points)
from mmaction_microaction.visualization.style import new_figure

RNG = np.random.default_rng(0)
POINTS, F1 = RNG.normal(size=(52, 2)), RNG.random(52)


@pytest.fixture
def colour_counts(like):
    """A function that counts pixels of the colour of each group."""
    return lambda path: np.array(
        [like(path, colour, 1).sum() for colour in MA52.colours])


def test_far_from_trend():
    x = np.arange(10.)
    y = 2 * x + 5 * (x == 7) - 3 * (x == 2)
    assert far_from_trend(x, y, 2).tolist() == [7, 2]
    assert len(far_from_trend(x, y, 99)) == 10
    # No trend to speak of: far from the mean.
    assert far_from_trend(np.ones(3), np.array([1., 2., 9.]), 1) == [2]


@pytest.mark.parametrize('counts', [np.geomspace(1, 3000, 52), np.zeros(52)])
def test_every_body_part_has_its_colour(tmp_path, counts, colour_counts):
    path = str(tmp_path / 's.png')
    draw_class_scatter(counts, F1, MA52, path)
    assert (colour_counts(path) > 20).all()
    # A class without F1 is not drawn.
    head = MA52.group_index == 1
    draw_class_scatter(counts, np.where(head, np.nan, F1), MA52, path)
    assert ((colour_counts(path) > 20) == (np.arange(7) != 1)).all()


def test_clips_and_labels(tmp_path, colour_counts):
    path, labels = str(tmp_path / 'e.png'), np.arange(52)
    draw_embedding_map(POINTS, labels, labels % 3 > 0, MA52, path)
    without = colour_counts(path)
    draw_embedding_map(POINTS, labels, labels % 3 > 0, MA52, path,
                       POINTS + 0.1, 't-SNE')
    # Clips are translucent, stars are not.
    assert (colour_counts(path) > without).all()
    # Only groups that occur are in the legend.
    labels = np.flatnonzero(MA52.group_index == 1)
    draw_embedding_map(POINTS[labels], labels, labels > 0, MA52, path)
    assert np.flatnonzero(colour_counts(path)).tolist() == [1]


@pytest.mark.parametrize('draw, args, message', [
    (draw_class_scatter, ([], []), 'each of 52 classes.*got 0 and 0'),
    (draw_class_scatter, ([1] * 52, [1]), 'got 52 and 1'),
    (draw_class_scatter, ([1] * 52, [np.nan] * 52), 'at least one'),
    (draw_embedding_map, (POINTS, [1], [True]), 'a label and a verdict'),
    (partial(draw_embedding_map, label_points=POINTS[:3]),
     (POINTS, [1] * 52, [True] * 52), 'each of 52 classes'),
])
def test_refuses(draw, args, message):
    with pytest.raises(ValueError, match=message):
        draw(*args, MA52, 'unused.png')


@pytest.fixture
def axes():
    axes = new_figure(9, 7).subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return axes


def boxes(axes, texts):
    axes.figure.draw_without_rendering()
    renderer = axes.figure.canvas.get_renderer()
    return [Text.get_window_extent(text, renderer) for text in texts]


def test_names_of_a_crowd_do_not_touch(axes):
    points = np.random.default_rng(0).uniform(0.3, 0.7, (52, 2))
    found = boxes(axes, name_points(axes, points, MA52.names))
    assert len(found) > 40
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    pixels = axes.transData.transform(points)
    assert not any(box.contains(x, y) for box in found for x, y in pixels)
    frame = axes.get_window_extent()
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 for b in found)


def test_a_lonely_name_stands_beside_its_point_and_hides_no_other(axes):
    point = np.array([[0.5, 0.5]])
    text, = name_points(axes, point, ['nodding'])
    box, = boxes(axes, [text])
    x, y = axes.transData.transform(point[0])
    assert 0 < box.x0 - x < 10 and abs(box.y0 - y) < 10
    assert text.arrow_patch is None
    text.remove()
    other = axes.transData.inverted().transform([[x + 25, y + 8]])
    box, = boxes(axes, name_points(axes, point, ['nodding'], avoid=other))
    assert not box.contains(x + 25, y + 8)
    # No room, no name.
    assert name_points(axes, point, ['x' * 500]) == []
    assert name_points(axes, np.zeros((0, 2)), []) == []
