# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

from mmaction_microaction.formats import write_webvtt
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import Taxonomy

CUE = re.compile(r'(\d\d+):([0-5]\d):([0-5]\d)\.(\d{3}) --> '
                 r'(\d\d+):([0-5]\d):([0-5]\d)\.(\d{3})\n([^\n]+)')


def read(path):
    """Cues by the grammar of WebVTT: start, end (ms) and text."""
    blocks = path.read_text().split('\n\n')
    assert blocks[0] == 'WEBVTT' and blocks[-1] == ''
    cues = []
    for block in blocks[1:-1]:
        *numbers, text = CUE.fullmatch(block).groups()
        numbers = list(map(int, numbers))
        start, end = (((h * 60 + m) * 60 + s) * 1000 + f
                      for h, m, s, f in (numbers[:4], numbers[4:]))
        cues.append((start, end, text))
    return cues


def test_cues(make_result, segments, tmp_path):
    path, long = tmp_path / 'a.vtt', Segment(3599.9994, 3600 * 123 + .5, 0)
    write_webvtt(make_result([*segments, long]), str(path))
    cues = read(path)
    assert cues[:2] == [(0, 1250, 'head: nodding (75 %)'),
                        (500, 2000, 'head: shaking head (50 %)')]
    assert len(cues) == len(segments) + 1 and cues == sorted(cues)
    assert all(start < end for start, end, _ in cues)
    assert '00:59:59.999 --> 123:00:00.500' in path.read_text()
    write_webvtt(make_result([]), str(path))
    assert read(path) == []


def test_text_is_escaped(make_result, tmp_path):
    odd = Taxonomy('odd', ('a <b> --> & c', ), ('A1', ), ('x & y', ), (0, ),
                   ('#000000', ))
    result = make_result([Segment(0., 1., 0, taxonomy=odd)], taxonomy=odd)
    write_webvtt(result, str(tmp_path / 'a.vtt'))
    assert read(tmp_path / 'a.vtt') == [
        (0, 1000, 'x &amp; y: a &lt;b&gt; --&gt; &amp; c (100 %)')
    ]
