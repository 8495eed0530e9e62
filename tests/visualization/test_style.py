# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import combinations, product

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization.style import (THEMES, action_colour,
                                                      contrast, fade,
                                                      format_time, mix,
                                                      text_colour)


def test_actions_differ_most_of_all_within_a_body_part():
    assert len({action_colour(action) for action in range(52)}) == 52
    for group in range(MA52.num_groups):
        own = [to_rgb(action_colour(x.index)) for x in MA52.members(group)]
        for one, other in combinations(own, 2):
            assert np.abs(np.subtract(one, other)).max() > 0.05, group


@pytest.mark.parametrize('theme', THEMES.values())
def test_text_can_be_read(theme):
    for background in (theme.paper, theme.lane):
        assert contrast(theme.ink, background) > 7
        assert contrast(theme.muted, background) > 4.5
    for action, score in product(range(52), (0, 0.5, 1)):
        filling = fade(action_colour(action), score, theme.lane)
        assert contrast(text_colour(filling), filling) > 4.5


def test_known_values():
    assert contrast('#000000', '#ffffff') == pytest.approx(21)
    assert contrast('#777777', '#ffffff') == pytest.approx(4.48, abs=0.01)
    # A score is an opacity.
    reds = [fade('#ff0000', s, '#000000') for s in (0, .3, .6, 1, 7)]
    assert '#400000' <= reds[0] < reds[1] < reds[2] < '#ff0000'
    assert reds[3:] == ['#ff0000', '#ff0000']
    assert mix('#ffffff', '#000000', 0.2) == '#333333'
    times = [(0, 1), (59.6, 1), (3723, 1), (7.25, 0.01), (59.96, 0.1)]
    assert [format_time(*x) for x in times
            ] == ['0:00', '1:00', '1:02:03', '0:07.25', '1:00.0']
