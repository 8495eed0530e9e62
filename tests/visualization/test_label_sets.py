# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Pictures of label sets other than MA-52: few classes, and many."""
import numpy as np
import pytest

from mmaction_microaction import visualization as v
from mmaction_microaction.emotion import Evidence, Feature
from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.visualization.overlay_panel import OverlayPanel
from mmaction_microaction.visualization.style import THEMES, action_colour, mix


@pytest.fixture
def has(like):
    return lambda *args: like(*args).sum() > 30


@pytest.mark.parametrize('k, groups', [(5, 2), (90, 12), (1, 1)])
def test_of_videos_and_of_clips(k, groups, tmp_path, has):
    taxonomy = Taxonomy('x', tuple(f'act {i}' for i in range(k)),
                        tuple(f'X{i}' for i in range(k)),
                        tuple(f'part {i}' for i in range(groups)),
                        tuple(i % groups for i in range(k)),
                        tuple(MA52.colours[i % 7] for i in range(groups)))
    steps, path = np.eye(k, dtype='f')[[0, -1]], str(tmp_path / 't.png')
    result = VideoResult(
        VideoInfo('a.mp4', 'a.mp4', 80, 64, 60, 30., 2.), steps.mean(axis=0),
        np.array([0., 1.]), np.array([1., 2.]), steps,
        [Segment(0.2, 1.5, k - 1, 1., taxonomy)], 'x', {}, taxonomy)
    colour, first = action_colour(k - 1, taxonomy), taxonomy.colours[0]
    v.draw_timeline(result, path)
    assert all(has(path, x) for x in (colour, *taxonomy.colours))
    panel = OverlayPanel(result, (240, 320))
    assert has(panel.draw(1.), colour) and panel.height < 160
    v.write_report(result, str(tmp_path / 'r.html'), truth=result.segments)
    page = (tmp_path / 'r.html').read_text()
    assert all(name in page for name in (*taxonomy.groups, 'By group', colour))
    assert 'ody part' not in page

    v.draw_embedding_map(np.eye(k, 2), range(k), [True] * k, taxonomy, path)
    v.draw_class_scatter(range(k), np.linspace(0, 1, k), taxonomy, path)
    clip = v.PredictedClip('a', np.zeros((2, 8, 8, 3), 'u1'), np.eye(k)[0], 0)
    v.draw_predictions([clip], path, taxonomy)
    assert has(path, mix(first, '#ffffff', 0.6))
    kinds = taxonomy.names[-1], taxonomy.groups[0], 'a + b'
    rows = [Evidence('calm', Feature('rate', x), 1., .5, 1.5) for x in kinds]
    v.draw_evidence(rows, path, taxonomy=taxonomy)
    assert has(path, first)


def test_the_figure_is_of_ma52s_body_parts(make_result, has):
    result, dark = make_result([Segment(0, 10, 9)]), THEMES['dark']
    grey = mix(dark.line, dark.muted, 0.8)  # of a part that does not move
    assert has(OverlayPanel(result, (240, 320)).draw(1.), grey)
    groups = ('others', *MA52.groups[1:])
    result.taxonomy = Taxonomy.load(dict(MA52.to_dict(), groups=groups))
    assert not has(OverlayPanel(result, (240, 320)).draw(1.), grey)
