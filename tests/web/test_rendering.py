# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.web import Analysis
from mmaction_microaction.web.rendering import (read_style, render,
                                                render_overview)

HOSTILE = '"><script>bad()</script><img src=x onerror=bad()>${bad()}'
NOD = MA52.find('nodding').index


class Page(HTMLParser):
    """Elements and texts."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts = [], []
        self.handle_data = self.texts.append
        self.feed(html)
        self.text = ' '.join(' '.join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


@pytest.fixture
def analysis():
    scores = np.full(52, .01, 'f')
    scores[NOD] = .49
    info = VideoInfo(HOSTILE, HOSTILE, 80, 64, 300, 30., 10., (HOSTILE, ))
    segments = [Segment(6.25, 7., NOD, .5), Segment(1., 2.5, NOD, .75)]
    result = VideoResult(info, scores, np.zeros(1), np.full(1, 10.),
                         scores[None], segments, HOSTILE, dict(threshold=.3))
    return Analysis(result, 'folder', [], [HOSTILE])


def test_overview(analysis):
    page = Page(render_overview(analysis))
    assert page.text.count(HOSTILE) == 3  # name, problem, failure
    assert 'Segments 2 Time with a segment 22.5 %' in page.text
    assert 'nodding 49 %' in page.text and '80 × 64 pixels' in page.text
    light, dark = (attrs for tag, attrs in page.elements if tag == 'img')
    assert light['class'] == 'ma-timeline ma-light'
    assert dark['class'] == 'ma-timeline ma-dark'
    assert light['src'].startswith('data:image/svg')
    assert light['src'] != dark['src']
    assert {tag for tag, _ in page.elements}.isdisjoint({'script', 'iframe'})


def test_other_label_sets_and_no_duration(analysis, five):
    result = analysis.result
    result.taxonomy, result.scores = five, np.full(5, .2, 'f')
    result.segments = []
    result.video = replace(result.video, duration=0.)
    html = render_overview(analysis)
    assert 'Time with a segment –' in Page(html).text
    assert html.count('a lane for each group') == 2
    result.segments = [Segment(1., 2., 0, taxonomy=five)]
    assert 'Action Group Conf' in Page(render('segments', result=result)).text


def test_segments_by_time_and_none(analysis):

    def text():
        return Page(render('segments', result=analysis.result)).text

    assert text().endswith('0:01.00 0:02.50 nodding head 0.75 '
                           '0:06.25 0:07.00 nodding head 0.50')
    analysis.result.segments = []
    assert 'threshold of 0.3' in text()
    analysis.result.settings = {}
    assert text() == ('Segments No action reached the threshold. A lower one '
                      'is in the settings.')


def test_parts(five):
    status = Page(render('status', text='', error=HOSTILE))
    assert status.text == f'No result. {HOSTILE}'
    assert not render('status', text='', error='').strip()
    assert not render('preview', path='').strip()
    page = Page(render('head', model=HOSTILE, device='cpu', taxonomy=MA52))
    assert HOSTILE in page.text and 'diagnosis' in page.text
    assert 'Finds 52 small movements of 7 body parts (MA-52)' in page.text
    head = render('head', model='', device='cpu', taxonomy=five)
    assert 'Finds 5 small movements of 2 groups (Five)' in head
    files = Page(render('files')).text
    assert 'segments.eaf: elan' in files and 'segments.csv' not in files
    for bad in ('</style', 'url(', '@import'):
        assert bad not in read_style()
