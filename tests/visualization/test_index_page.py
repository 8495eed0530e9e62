# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from mmaction_microaction.visualization import Section, write_index

EVIL = '<script>alert("1")</script> & \'x\' {0}'


class Reader(HTMLParser):

    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def page(tmp_path):
    Image.new('RGB', (4, 3)).save(tmp_path / 'a.png')
    sections = [
        Section(EVIL, EVIL, [('a.png', EVIL)], ['name', 'f1'],
                [[EVIL, 0.125]] * 3, ['t.csv']),
        Section('Many', 'rows', [], ['n'], [[i] for i in range(50)])
    ]
    path = write_index(
        str(tmp_path), EVIL, EVIL, {
            'top': 0.5,
            'n': 7
        }, sections)
    assert path == str(tmp_path / 'index.html')
    return (tmp_path / 'index.html').read_text(encoding='utf-8')


def test_escapes_every_text(page):
    reader = Reader()
    reader.feed(page)
    assert 'script' not in {tag for tag, _ in reader.tags}
    assert sum(text == EVIL for text in reader.texts) >= 8
    image, = [a for tag, a in reader.tags if tag == 'img']
    assert image['alt'] == EVIL


def test_needs_no_other_file(page):
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 1
    assert sources[0].startswith('data:image/png;base64,')
    assert '://' not in page.replace(sources[0], '')
    assert 'prefers-color-scheme: dark' in page


def test_numbers(page):
    assert '50.0 %' in page and '12.5 %' in page
    assert '<dd>7</dd>' in page and '<td class="n">49</td>' in page
    assert '<th class="n">f1</th>' in page and '<th>name</th>' in page


def test_missing_picture(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.png'):
        write_index(
            str(tmp_path), '', '', {}, [Section('', '', [('gone.png', '')])])
