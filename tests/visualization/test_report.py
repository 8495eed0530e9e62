# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from time import sleep

import pytest
from PIL import Image

from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import (Section, write_index,
                                                write_report)

HOSTILE = '"><script>document.title = "bad"</script><img src=x onerror=bad()>'
NOD, LEGS = (MA52.find(n).index for n in ('nodding', 'shaking legs'))


class Page(HTMLParser):
    """Elements and texts."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.texts = [], []
        self.handle_data = self.texts.append
        self.feed(path.read_text(encoding='utf-8'))
        self.text = ' '.join(' '.join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture
def report(make_result, write_clip, tmp_path):
    """A page with all there can be, every string of it hostile."""
    found = [(1, 2, NOD, 0.75), (0.5, 3, LEGS, 0.5), (4, 5.5, NOD, 0.25)]
    result = make_result([Segment(*s) for s in found], 6., name=HOSTILE)
    result.video = replace(result.video, problems=(HOSTILE, ))
    result.source = HOSTILE
    result.settings = {HOSTILE: HOSTILE, 'window_seconds': [2]}
    result.settings.update(domain=HOSTILE, confidence=HOSTILE, notes=[HOSTILE])
    path = tmp_path / 'new' / 'report.html'
    truth = [Segment(1, 2, NOD), Segment(3, 4, 0)]
    clip = write_clip(tmp_path / 'a?b 1.mp4', range(0, 6000, 40))
    write_report(result, str(path), clip, truth)
    return path


def test_the_page_has_everything_and_is_complete_in_itself(report):
    page = Page(report)
    # 2 found, 1 true, 20 a minute, 2.5 s in all, 1.25 s on average
    for text in ('nodding 2 1 20.0 2.50 1.25 41.7 % 0.50 ', 'not findings',
                 'diagnosis', 'True count', 'By body part', 'By action',
                 'window seconds', 'shaking body 0 1 0.0 0.00 – 0.0 % –',
                 '0:00.50 0:03.00 2.50 shaking legs D3 lower limb 0.50',
                 'Micro-actions 3 2 true Per minute 30.0 Most frequent body '
                 'part head 2 × Most frequent action nodding 2 ×',
                 'With any micro-action: 66.7 % of the time',
                 f'This model is for {HOSTILE}.', f'Confidence: {HOSTILE}.'):
        assert text in page.text, text
    # Title, heading, cautions (4), model (twice), settings (4).
    assert page.text.count(HOSTILE) == 12 and page.all('script') == [{}]
    assert len(page.all('h1')) == len(page.all('source')) == 1
    assert page.all('html')[0]['lang'] == 'en'
    assert [(x['alt'] > '', 'onerror' in x)
            for x in page.all('img')] == [(True, False)] * 2
    for tag, attrs in page.elements:
        for key in ('src', 'srcset', 'href'):
            if tag != 'video':
                assert attrs.get(key, 'data:').startswith('data:'), (tag, key)
    assert page.all('video')[0]['src'] == './../a%3Fb%201.mp4'
    assert 'url(' not in page.text and '@import' not in page.text


def test_no_duration_names_that_are_no_text_and_missing_videos(
        make_result, tmp_path):
    result = make_result(name='a\udcff.mp4', duration=0.)
    write_report(result, str(tmp_path / 'r.html'))
    text = Page(tmp_path / 'r.html').text
    assert 'a?.mp4' in text and 'no action reached' in text
    assert 'Per minute – Most frequent body part – Most frequent' in text
    assert 'With any micro-action: – of' in text and 'is for' not in text
    assert 'not findings' not in text  # nothing scored them: annotations
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        write_report(result, str(tmp_path / 's.html'), 'none.mp4')
    assert not (tmp_path / 's.html').exists()


@pytest.mark.parametrize('source, score, given', [('', 1., False),
                                                  ('', .9, True),
                                                  ('m', 1., True)])
def test_what_a_person_marked_has_no_confidence(make_result, tmp_path, source,
                                                score, given):
    result = make_result([Segment(1, 2.5, NOD, score)])
    result.source = source
    write_report(result, str(tmp_path / 'r.html'))
    page = (tmp_path / 'r.html').read_text()
    cells = re.findall('data-l="(?:Mean c|C)onfidence".*?>([^<>]*)</td>', page)
    assert (f'{score:.2f}' in cells) == given and cells


@pytest.mark.parametrize('stated, text', [
    (None, 'Confidence tells how sure the model is'),
    ('not calibrated', 'Scores are not calibrated: 0.8 does not mean that 8 '),
    ('by eye', 'Confidence: by eye. Nothing here'),
    (dict(ece=.0449, sessions=7),
     'as measured on 7 sessions, wrong by 0.04 on average (ECE). '),
    (dict(method='hand', ece=float('nan')), 'as measured by hand. Other rec'),
])
def test_what_a_report_says_of_the_confidence(stated, text, make_result,
                                              tmp_path):
    result = make_result([Segment(1, 2, NOD), Segment(1, 2, NOD + 1)])
    result.settings = dict(confidence=stated)
    write_report(result, str(tmp_path / 'r.html'))
    page = Page(tmp_path / 'r.html')
    assert text in page.text and 'action several, each 1 ×' in page.text


def test_a_click_on_a_segment_plays_it(report, browser, tmp_path):
    driver = browser.driver
    find = partial(driver.find_element, 'css selector')
    state = 'const p = document.getElementById("player"); return [' \
        'p.currentTime, p.paused, p.hidden]'

    def played(start, end):
        for _ in range(100):
            sleep(.1)
            time, paused, hidden = driver.execute_script(state)
            if paused and time >= end:
                return time < end + .3 and not hidden
            assert hidden or paused or start <= time < end + .3

    browser.open(report)
    find('#segments tbody tr:nth-child(2) button').click()
    assert played(1., 2.)
    find('.places i[title^="nodding, 0:04.00"]').click()
    assert played(4., 5.5)
    (tmp_path / 'a?b 1.mp4').rename(tmp_path / 'elsewhere.mp4')
    browser.open(report)
    sleep(.3)
    find('#segments tbody tr:nth-child(3)').click()
    choice = driver.switch_to.active_element
    assert choice.get_attribute('id') == 'choice'
    (tmp_path / 'text.mp4').write_text('no video')
    for name, said in ('text.mp4', 'cannot play this'), ('elsewhere.mp4', ''):
        choice.send_keys(str(tmp_path / name))
        sleep(.3)
        assert find('#choice-note').text[12:29].strip() == said
    assert played(4., 5.5)


def test_in_a_browser(report, browser):
    driver = browser.driver
    for dark, paper in (True, '20, 24, 29'), (False, '255, 255, 255'):
        browser.open(report, dark=dark)
        assert driver.title == f'Micro-actions in {HOSTILE}'
        picture = driver.find_element('id', 'timeline')
        assert picture.is_displayed() and picture.size['height'] > 200
        width, *found = driver.execute_script(
            'const i = arguments[0]; return [i.naturalWidth, i.complete, '
            'i.currentSrc === i.src, '
            'getComputedStyle(document.body).backgroundColor]', picture)
        assert width > 500 and found == [True, not dark, f'rgb({paper})']
        assert browser.messages() == []
        addresses = {a for a in browser.requests() if a[:5] != 'data:'}
        video = report.parents[1] / 'a?b 1.mp4'
        assert addresses == {report.as_uri(), video.as_uri()}
    # Segments are sorted by a click.
    table = driver.find_element('id', 'segments')

    def column(number):
        cell = f'tbody tr > :nth-child({number + 1})'
        return [x.text for x in table.find_elements('css selector', cell)]

    assert column(0) == ['0:00.50', '0:01.00', '0:04.00']
    heads = table.find_elements('css selector', 'thead th')
    for number, up in ((2, ['1.00', '1.50', '2.50']),
                       (3, ['nodding', 'nodding', 'shaking legs'])):
        button = heads[number].find_element('tag name', 'button')
        button.click()
        assert (column(number),
                heads[number].get_attribute('aria-sort')) == (up, 'ascending')
        button.click()
        assert column(number) == up[::-1]
    # No cell of a table is out of sight, on a telephone either.
    for width in 1200, 800, 360:
        browser.open(report, width=width)
        assert browser.cut() == [] == browser.messages()


def test_an_index_is_escaped_and_complete(tmp_path):
    Image.new('RGB', (4, 3)).save(tmp_path / 'a.png')
    section = Section(HOSTILE, HOSTILE, [('a.png', HOSTILE)], ['name', 'f1'],
                      [[HOSTILE, 0.125]] * 3, ['t.csv'])
    path, facts = tmp_path / 'index.html', dict(top=0.5, n=7)
    assert write_index(str(tmp_path), HOSTILE, HOSTILE, facts,
                       [section]) == str(path)
    page, text = Page(path), path.read_text(encoding='utf-8')
    assert not page.all('script')
    assert sum(text == HOSTILE for text in page.texts) >= 8
    image, = page.all('img')
    assert image['alt'] == HOSTILE
    assert image['src'].startswith('data:image/png;base64,')
    assert '://' not in text.replace(image['src'], '')
    for part in ('prefers-color-scheme: dark', '50.0 %', '<dd>7</dd>',
                 '<td class="n">12.5 %</td>', '<th class="n">f1</th>',
                 '<th>name</th>'):
        assert part in text
    gone = [Section('', '', [('gone.png', '')])]
    with pytest.raises(FileNotFoundError, match='gone.png'):
        write_index(str(tmp_path), '', '', {}, gone)
