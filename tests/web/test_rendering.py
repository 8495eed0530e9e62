# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.web import Analysis
from mmaction_microaction.web.rendering import (read_style, render,
                                                render_overview)

HOSTILE = '"><script>bad()</script><img src=x onerror=bad()>${bad()}'
NOD = MA52.find('nodding').index


def text_of(html):
    return ' '.join(unescape(re.sub('<[^>]*>', ' ', html)).split())


@pytest.fixture
def result():
    scores = np.full(52, .01, 'f')
    scores[NOD] = .49
    info = VideoInfo(HOSTILE, HOSTILE, 80, 64, 300, 30., 10., (HOSTILE, ))
    segments = [Segment(6.25, 7., NOD, .5), Segment(1., 2.5, NOD, .75)]
    return VideoResult(info, scores, np.zeros(1), np.full(1, 10.),
                       scores[None], segments, HOSTILE, dict(threshold=.3))


def test_overview(result):
    result.settings.update(confidence='not calibrated', notes=['beware'])
    html = render_overview(Analysis(result, 'folder', [], [HOSTILE]))
    text = text_of(html)
    assert text.count(HOSTILE) == 3  # name, problem, failure
    assert 'Micro-actions 2 Per minute 12.0 Most frequent body part' in text
    assert re.findall('data-start="(.*?)" data-end="(.*?)" title="nodding, 0:',
                      html) == [('1.0', '2.5'), ('6.25', '7.0')]
    assert 'Scores are not calibrated' in html and '</strong> beware.' in html
    assert 'nodding 49 %' in text and '80 × 64 pixels' in text
    light, dark = re.findall(
        r'class="ma-timeline ma-(\w+)" src="data:image/svg([^"]*)"', html)
    assert (light[0], dark[0]) == ('light', 'dark') and light[1] != dark[1]
    assert '<script' not in html and '<iframe' not in html


def test_segments_by_time_and_none(result):

    def text():
        return text_of(render('segments', result=result))

    assert text().endswith(
        '0:01.00 0:02.50 nodding head 0.75 0:06.25 0:07.00 nodding head 0.50 '
        'Counts Count Per minute Total, s Share of time '
        'head 2 12.0 2.25 22.5 % nodding 2 12.0 2.25 22.5 %')
    result.segments = []
    assert 'threshold of 0.3' in text()
    result.settings = {}
    assert text().endswith(
        'No action reached the threshold. A lower one is in '
        'the settings.')


def test_other_label_sets_and_no_duration(result, five):
    result.taxonomy, result.scores = five, np.full(5, .2, 'f')
    result.segments = [Segment(1., 2., 0, taxonomy=five)]
    result.video = replace(result.video, duration=0.)
    html = render_overview(Analysis(result, 'folder'))
    assert 'Per minute – Most frequent group hand 1 ×' in text_of(html)
    assert html.count('a lane for each group') == 2
    assert 'Action Group Conf' in text_of(render('segments', result=result))
    head = render('head', model='', device='cpu', taxonomy=five, domain='',
                  also=False)  # yapf: disable
    assert 'Finds 5 small movements of 2 groups (Five)' in head


def test_parts():
    status = text_of(render('status', text='', error=HOSTILE))
    assert status == f'No result. {HOSTILE}'
    assert not render('status', text='', error='').strip()
    assert not render('preview', path='').strip()
    facts = dict(model=HOSTILE, device='', taxonomy=MA52, domain=HOSTILE,
                 also=False)  # yapf: disable
    head = text_of(render('head', **facts))
    assert f'{HOSTILE}, on' in head and 'diagnosis' in head
    assert f'This model is for {HOSTILE}.' in head
    assert 'Finds 52 small movements of 7 body parts (MA-52)' in head
    assert 'is not touch' not in head
    assert 'not touch' in render('head', **dict(facts, also=True))
    alone = render('head', model=None, also=False, domain='')
    assert 'Movement in a video' in alone and 'guesses' not in alone
    files = render('files')
    assert 'segments.eaf: elan' in files and 'segments.csv' not in files
    assert not re.search(r'</style|url\(|@import', read_style())
