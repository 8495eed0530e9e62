# Copyright (c) mmaction-microaction contributors. All rights reserved.
import xml.etree.ElementTree as ET
from collections import defaultdict

import matplotlib
import numpy as np
import pytest

from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import draw_timeline, render_timeline
from mmaction_microaction.visualization.style import (THEMES, action_colour,
                                                      fade)
from mmaction_microaction.visualization.timeline import segment_places
from mmaction_microaction.visualization.timeline_layout import (LEFT, RIGHT,
                                                                WIDTH, lay_out)

NOD = MA52.find('nodding').index


def boxes_of(layout):
    return [(panel, lanes, box) for panel in layout.panels
            for lanes in panel.lanes for box in lanes.boxes]


@pytest.mark.parametrize('theme', THEMES)
@pytest.mark.parametrize('random, duration', [(0, 10.), (200, 250.), (0, 0.)])
def test_a_segment_is_where_it_should_be_in_its_colour(random, duration, theme,
                                                       make_result, tmp_path,
                                                       like):
    path, colours = str(tmp_path / 'new' / 't.png'), THEMES[theme]
    segments = [Segment(5, 10, NOD, 0.4)] if duration == 10 else []
    draw_timeline(make_result(segments, duration, random), path, theme=theme)
    for colour, least in ((colours.paper, 0.3), (colours.lane, 0.05)):
        assert like(path, colour).mean() > least or not duration
    found = like(path, fade(action_colour(NOD), 0.4, colours.lane))
    assert found.shape[1] == 1728 and len(found) < 4500
    if segments:
        x = np.flatnonzero(found.sum(axis=0) > 10)[[0, -1]] / 1728 * WIDTH
        assert x == pytest.approx([(LEFT + RIGHT) / 2, RIGHT], abs=0.03)
        # No pixel of a faint segment is as strong as that of a sure one.
        assert not like(path, fade(action_colour(NOD), 1, colours.lane)).any()


def test_places_are_those_of_the_picture(make_result, tmp_path, like):
    """Also in the second panel, and below a true one."""
    found = [Segment(30, 100, NOD, 1.), Segment(150, 160, 30, 1.)]
    result, truth = make_result(found, 200.), [Segment(20, 60, 50)]
    draw_timeline(result, str(tmp_path / 't.png'), truth)
    places = segment_places(result, truth)
    assert {segment for segment, _ in places} == {*found, *truth}
    for segment, (x, y, width, height) in places:
        seen = like(tmp_path / 't.png', action_colour(segment.action))
        gap = 0.08 * height  # between rows
        ends = [x, x + width], [y + gap, y + height - gap]
        for axis, size in enumerate(seen.shape[::-1]):
            where = np.flatnonzero(seen.sum(axis=axis) > 8)[[0, -1]] / size
            assert where == pytest.approx(ends[axis], abs=4 / size)


def test_boxes_of_a_lane_do_not_overlap_and_none_is_lost(make_result):
    layout = lay_out(make_result(random=300, duration=60.), None)
    places = defaultdict(list)
    for _, lanes, box in boxes_of(layout):
        label = box.segment.label
        assert label.group == lanes.group
        assert LEFT - 1e-9 <= box.x and box.x + box.width < RIGHT + 0.03
        assert lanes.height >= (box.row + 1) * layout.row - 1e-9
        assert box.text in (label.name, label.code, '')
        assert box.is_named or label.index in layout.unnamed
        places[lanes.group, box.row].append(box)
    for boxes in places.values():
        for one, other in zip(boxes, boxes[1:]):
            assert one.segment.end <= other.segment.start
    assert sum(map(len, places.values())) == 300
    named = [b for x in places.values() for b in x if b.is_named]
    assert any(not box.inside for box in named)
    wide = lay_out(make_result([Segment(0, 9, NOD)]), None)
    assert boxes_of(wide)[0][2].is_named and not wide.unnamed


def test_a_long_video_is_broken_into_panels(make_result):
    layout = lay_out(make_result([Segment(100, 140, NOD)], 250.), None)
    assert [p[:3] for p in layout.panels] == [(0, 120, 120), (120, 240, 240),
                                              (240, 360, 250)]
    (first, _, one), (second, _, other) = boxes_of(layout)
    assert (one.x, other.x, other.x + other.width) == pytest.approx(
        (first.x(100), LEFT, second.x(140)))
    for hours in (1, 7, 30):
        long = make_result((), 3600. * hours, step=60)
        assert len(lay_out(long, None).panels) <= 6


def test_truth_stands_above_the_prediction(make_result):
    result = make_result([Segment(1, 2, NOD)])
    layout = lay_out(result, [Segment(4, 5, NOD), Segment(4.5, 6, NOD)])
    one, two, model = (lanes for _, lanes, _ in boxes_of(layout))
    assert [one.title, two.title, model.title] == ['true', 'true', 'model']
    assert one.y < model.y
    truths = None, [], result.segments
    assert len({render_timeline(result, 'png', x) for x in truths}) == 3


def test_svg_is_sound_and_the_same_every_time(make_result):
    name = '$x_1$ <script>alert("&")</script> -- \x07\u4e2d' + 'x' * 70
    before = dict(matplotlib.rcParams)
    result = make_result(random=9, name=name)
    content = render_timeline(result, 'svg')
    assert content == render_timeline(result, 'svg')
    assert dict(matplotlib.rcParams) == before
    tags = {x.tag.split('}')[1] for x in ET.fromstring(content).iter()}
    assert 'path' in tags and 'script' not in tags


@pytest.mark.parametrize('kind, theme, message',
                         [('pdf', 'light', ".png or .svg.*'pdf'"),
                          ('png', 'pink', "theme .*'pink'")])
def test_refuses(make_result, kind, theme, message):
    with pytest.raises(ValueError, match=message):
        render_timeline(make_result(), kind, theme=theme)
