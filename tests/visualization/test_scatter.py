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
POINTS, F1, LABELS = RNG.normal(size=(52, 2)), RNG.random(52), np.arange(52)


@pytest.fixture
def counts(tmp_path, like):
    """A function that draws and counts pixels of the colour of each group."""

    def counts(draw, *args):
        draw(*args, taxonomy=MA52, path=str(tmp_path / 'a.png'))
        return np.array(
            [like(tmp_path / 'a.png', x, 1).sum() for x in MA52.colours])

    return counts


def test_far_from_trend():
    x = np.arange(10.)
    y = 2 * x + 5 * (x == 7) - 3 * (x == 2)
    assert far_from_trend(x, y, 2).tolist() == [7, 2]
    # No trend to speak of: far from the mean.
    assert far_from_trend(np.ones(3), np.array([1., 2., 9.]), 1) == [2]


@pytest.mark.parametrize('clips', [np.geomspace(1, 3000, 52), np.zeros(52)])
def test_a_class_without_f1_is_not_drawn(clips, counts):
    assert (counts(draw_class_scatter, clips, F1) > 20).all()
    f1 = np.where(MA52.group_index == 1, np.nan, F1)
    drawn = counts(draw_class_scatter, clips, f1) > 20
    assert np.flatnonzero(~drawn).tolist() == [1]


def test_clips_and_labels(counts):
    args = POINTS, LABELS, LABELS % 3 > 0
    starred = partial(draw_embedding_map, label_points=POINTS + 0.1)
    # Clips are translucent, stars are not.
    assert (counts(starred, *args) > counts(draw_embedding_map, *args)).all()
    # Only groups that occur are in the legend.
    args = (x[MA52.group_index == 1] for x in args)
    assert np.flatnonzero(counts(draw_embedding_map, *args)).tolist() == [1]


@pytest.mark.parametrize('draw, args, message', [
    (draw_class_scatter, ([], []), 'each of 52 classes.*got 0 and 0'),
    (draw_class_scatter, ([1] * 52, [np.nan] * 52), 'at least one'),
    (draw_embedding_map, (POINTS, [1], [True]), 'a label and a verdict'),
    (partial(draw_embedding_map, label_points=POINTS[:3]),
     (POINTS, LABELS, LABELS), 'each of 52 classes'),
])
def test_refuses(draw, args, message):
    with pytest.raises(ValueError, match=message):
        draw(*args, MA52, 'unused.png')


def test_names_do_not_touch_and_stand_beside_their_points():
    axes = new_figure(9, 7).subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))

    def boxes(texts):
        renderer = axes.figure.canvas.get_renderer()
        return [Text.get_window_extent(text, renderer) for text in texts]

    points = np.random.default_rng(0).uniform(0.3, 0.7, (52, 2))
    texts = name_points(axes, points, MA52.names)
    found, pixels = boxes(texts), axes.transData.transform(points)
    assert len(found) > 40
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    assert not any(box.contains(x, y) for box in found for x, y in pixels)
    frame = axes.get_window_extent()
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 for b in found)
    # A lonely one; then one that would hide another point.
    text, = name_points(axes, points[:1], ['nodding'])
    (box, ), (x, y) = boxes([text]), pixels[0]
    assert 0 < box.x0 - x < 10 and abs(box.y0 - y) < 10
    assert text.arrow_patch is None
    other = axes.transData.inverted().transform([[x + 25, y + 8]])
    box, = boxes(name_points(axes, points[:1], ['nodding'], avoid=other))
    assert not box.contains(x + 25, y + 8)
    # No room, no name.
    assert name_points(axes, points[:1], ['x' * 500]) == []
    assert name_points(axes, np.zeros((0, 2)), []) == []
