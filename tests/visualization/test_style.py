# Copyright (c) mmaction-microaction contributors. All rights reserved.
import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization.style import (THEMES, action_colour,
                                                      contrast, fade,
                                                      format_time, mix,
                                                      text_colour)


def test_actions_differ_most_of_all_within_a_body_part():
    colours = [action_colour(action.index) for action in MA52.labels]
    assert len(set(colours)) == 52
    for one, other in itertools.combinations(MA52.labels, 2):
        if one.group == other.group:
            step = np.subtract(
                to_rgb(colours[one.index]), to_rgb(colours[other.index]))
            assert np.abs(step).max() > 0.05, (one.name, other.name)


@pytest.mark.parametrize('theme', THEMES.values())
def test_text_can_be_read(theme):
    for background in (theme.paper, theme.lane):
        assert contrast(theme.ink, background) > 7
        assert contrast(theme.muted, background) > 4.5
    for action in range(52):
        for score in (0, 0.5, 1):
            filling = fade(action_colour(action), score, theme.lane)
            assert contrast(text_colour(filling), filling) > 4.5


def test_known_values():
    assert contrast('#000000', '#ffffff') == pytest.approx(21)
    assert contrast('#777777', '#ffffff') == pytest.approx(4.48, abs=0.01)
    # A score is an opacity.
    assert fade('#ff0000', 1, '#000000') == fade('#ff0000', 7, '#000000')
    assert fade('#ff0000', 1, '#000000') == '#ff0000'
    reds = [to_rgb(fade('#ff0000', s, '#000000'))[0] for s in (0, .3, .6, 1)]
    assert sorted(reds) == reds and reds[0] > 0.2
    assert mix('#ffffff', '#000000', 0.2) == '#333333'


@pytest.mark.parametrize('seconds, step, text', [
    (0, 1, '0:00'),
    (7.4, 1, '0:07'),
    (59.6, 1, '1:00'),
    (750, 1, '12:30'),
    (3723, 1, '1:02:03'),
    (7.25, 0.01, '0:07.25'),
    (59.96, 0.1, '1:00.0'),
    (0.04, 0.1, '0:00.0'),
])
def test_times(seconds, step, text):
    assert format_time(seconds, step) == text
