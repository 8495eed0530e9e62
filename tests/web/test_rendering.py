# Copyright (c) mmaction-microaction contributors. All rights reserved.
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
    """Elements and text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(html)
        self.text = ' '.join(' '.join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def analysis():
    scores = np.full(52, .01, 'f')
    scores[NOD] = .49
    result = VideoResult(
        VideoInfo(HOSTILE, HOSTILE, 80, 64,
                  300, 30., 10., (HOSTILE, )), scores, np.zeros(1),
        np.full(1, 10.), scores[None],
        [Segment(6.25, 7., NOD, .5),
         Segment(1., 2.5, NOD, .75)], HOSTILE, dict(threshold=.3))
    return Analysis(result, 'folder', [], [HOSTILE])


def test_overview(analysis):
    page = Page(render_overview(analysis))
    assert page.text.count(HOSTILE) == 3  # name, problem, failure
    assert 'Segments 2 Time with a segment 22.5 %' in page.text
    assert 'nodding 49 %' in page.text and '80 × 64 pixels' in page.text
    images = [attrs for tag, attrs in page.elements if tag == 'img']
    assert [i['class'] for i in images
            ] == ['ma-timeline ma-light', 'ma-timeline ma-dark']
    assert all(i['src'].startswith('data:image/svg') for i in images)
    assert images[0]['src'] != images[1]['src']
    assert {tag for tag, _ in page.elements}.isdisjoint({'script', 'iframe'})


def test_segments_by_time(analysis):
    page = Page(render('segments', result=analysis.result))
    assert page.text.endswith('0:01.00 0:02.50 nodding head 0.75 '
                              '0:06.25 0:07.00 nodding head 0.50')


def test_no_segments(analysis):
    analysis.result.segments = []
    assert 'threshold of 0.3' in Page(
        render('segments', result=analysis.result)).text
    analysis.result.settings = {}
    page = Page(render('segments', result=analysis.result))
    assert page.text == ('Segments No action reached the threshold. A lower '
                         'one is in the settings.')


def test_parts():
    assert Page(render('status', text='',
                       error=HOSTILE)).text == (f'No result. {HOSTILE}')
    assert not render('status', text='', error='').strip()
    assert not render('preview', path='').strip()
    page = Page(render('head', model=HOSTILE, device='cpu', taxonomy=MA52))
    assert HOSTILE in page.text and 'diagnosis' in page.text
    assert 'Finds 52 small movements of 7 body parts (MA-52)' in page.text
    files = Page(render('files')).text
    assert 'segments.eaf: elan' in files and 'segments.csv' not in files
    style = read_style()
    assert '</style' not in style and 'url(' not in style
    assert '@import' not in style
