# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.formats import read_webvtt, write_webvtt
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import Taxonomy


def test_cues(make_result, tmp_path):
    """In order, of some length, with escaped text, after hours as well."""
    odd = Taxonomy('odd', ('a <b> --> & c', ), ('A1', ), ('x & y', ), (0, ),
                   ('#000000', ))
    times = (3599.9994, 442800.5), (1.25, 1.2502), (0., 1.25)
    segments = [Segment(*time, 0, .75, odd) for time in times]
    path = tmp_path / 'a.vtt'
    write_webvtt(make_result(segments, taxonomy=odd), str(path))
    text = 'x &amp; y: a &lt;b&gt; --&gt; &amp; c (75 %)'
    assert path.read_text().split('\n\n') == [
        'WEBVTT', f'00:00:00.000 --> 00:00:01.250\n{text}',
        f'00:00:01.250 --> 00:00:01.251\n{text}',
        f'00:59:59.999 --> 123:00:00.500\n{text}', ''
    ]
    write_webvtt(make_result([]), str(path))
    assert path.read_text() == 'WEBVTT\n\n'


@pytest.mark.parametrize('text', [
    'head: nodding (87 %)', 'head:&#10;nodding&#13;&#10;(87&nbsp;%)',
    ' <b>Nodding</b> &#8232; (87%) '
])
def test_blanks_of_any_kind(text, tmp_path):
    path = tmp_path / 'a.vtt'
    path.write_text(f'WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n')
    assert read_webvtt(str(path)) == [Segment(1., 2., 9, .87)]
