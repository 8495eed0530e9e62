# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mmaction_microaction.labels import ACTION_NAMES, ACTION_TO_BODY
from mmaction_microaction.visualization import BODY_COLOURS, draw_embedding_map

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(52, 2))


def colour_counts(path):
    image = np.asarray(Image.open(path).convert('RGB')).reshape(-1, 3)
    return [(np.abs(image - 255 * np.array(to_rgb(c))) < 2).all(1).sum()
            for c in BODY_COLOURS]


def test_clips_and_labels(tmp_path):
    path = str(tmp_path / 'e.png')
    labels = np.arange(52)
    draw_embedding_map(POINTS, labels, labels % 3 > 0, ACTION_NAMES, path)
    without = colour_counts(path)
    draw_embedding_map(POINTS, labels, labels % 3 > 0, ACTION_NAMES, path,
                       POINTS + 0.1, 't-SNE')
    # Clips are translucent, stars are not.
    assert all(b > a for a, b in zip(without, colour_counts(path)))


def test_only_the_body_parts_that_occur_have_a_colour(tmp_path):
    path = str(tmp_path / 'e.png')
    labels = np.flatnonzero(ACTION_TO_BODY == 1)
    draw_embedding_map(POINTS[labels], labels, labels > 0, ACTION_NAMES, path)
    counts = colour_counts(path)
    assert counts[1] > 0 and not counts[0] and not counts[2]


def test_refuses():
    with pytest.raises(ValueError, match='a label and a verdict for each'):
        draw_embedding_map(POINTS, [1], [True], ACTION_NAMES, 'unused.png')
    with pytest.raises(ValueError, match='each of 52 classes'):
        draw_embedding_map(POINTS, [1] * 52, [True] * 52, ACTION_NAMES,
                           'unused.png', POINTS[:3])
