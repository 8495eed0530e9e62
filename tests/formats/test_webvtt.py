# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

from mmaction_microaction.formats import write_webvtt
from mmaction_microaction.formats.webvtt import _cue
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
    write_webvtt(make_result(segments), str(tmp_path / 'a.vtt'))
    cues = read(tmp_path / 'a.vtt')
    assert cues[0] == (0, 1250, 'head: nodding (75 %)')
    assert cues[1] == (500, 2000, 'head: shaking head (50 %)')
    assert len(cues) == len(segments)
    assert [cue[0] for cue in cues] == sorted(cue[0] for cue in cues)
    assert all(start < end for start, end, _ in cues)


def test_long_videos(make_result, tmp_path):
    write_webvtt(
        make_result([Segment(3599.9994, 3600 * 123 + 0.5, 0)]),
        str(tmp_path / 'a.vtt'))
    text = (tmp_path / 'a.vtt').read_text()
    assert '00:59:59.999 --> 123:00:00.500' in text


def test_no_cues(make_result, tmp_path, hostile_name):
    write_webvtt(make_result([], hostile_name), str(tmp_path / 'a.vtt'))
    assert read(tmp_path / 'a.vtt') == []


def test_text_is_escaped():
    odd = Taxonomy('odd', ('a <b> --> & c', ), ('A1', ), ('x & y', ), (0, ),
                   ('#000000', ))
    assert _cue(Segment(0., 1., 0, taxonomy=odd)).splitlines()[1] == (
        'x &amp; y: a &lt;b&gt; --&gt; &amp; c (100 %)')
