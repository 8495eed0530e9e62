# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What holds for any segments, labels and times."""
import csv
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmaction_microaction.formats import (read_annotations, write_boris,
                                          write_elan, write_label_studio,
                                          write_webvtt)
from mmaction_microaction.formats.boris_reader import _seconds
from mmaction_microaction.formats.common import (find_action, parse_action,
                                                 split_unsure)
from mmaction_microaction.results import Segment
from mmaction_microaction.results.spans import sort_segments
from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.tables import plain_text, read_table

examples = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture])
#: Remarks, formulas among them, that do not themselves say "unsure".
remarks = st.builds(
    lambda sign, text: f'{sign}{text}'.strip(),
    st.sampled_from(['', '=', "'=", "''+", '@', '-', "'", '<b>&amp;']),
    st.text(st.characters(categories=['L', 'N', 'P', 'S', 'Zs']),
            max_size=9)).filter(
                lambda x: split_unsure(x, True) == (x, False) and split_unsure(
                    f'unsure: {x}', True) == (x, True))  # yapf: disable


@st.composite
def segment_lists(draw, grid=1, steps=10_000, comments=remarks):
    """Up to 9 segments; times in units of ``grid`` ms, scores of 1/steps."""
    segments = []
    for _ in range(draw(st.integers(0, 9))):
        start, length = draw(st.integers(0, 200)), draw(st.integers(1, 40))
        segments.append(
            Segment(
                start * grid / 1000, (start + length) * grid / 1000,
                draw(st.integers(0, 51)),
                draw(st.integers(0, steps)) / steps,
                unsure=draw(st.booleans()),
                comment=draw(comments)))
    return sort_segments(segments)  # yapf: disable


def rows(segments):
    return sorted((s.span, s.action, round(s.score, 4), s.unsure, s.comment)
                  for s in segments)


@pytest.mark.parametrize('write, name', [(write_elan, 'a.eaf'),
                                         (write_boris, 'a.xlsx'),
                                         (write_segments_csv, 'a.csv'),
                                         (write_json, 'a.json')])
@given(segments=segment_lists())
@examples
def test_round_trips_in_full(make_result, tmp_path, write, name, segments):
    write(make_result(segments), str(tmp_path / name))
    found = read_annotations(str(tmp_path / name)).segments
    assert rows(found) == rows(segments)


@pytest.mark.parametrize('write, name, grid, steps',
                         [(write_webvtt, 'a.vtt', 1, 100),
                          (write_label_studio, 'a.json', 40, 10_000)])
@given(data=st.data())
@examples
def test_round_trips_in_part(make_result, tmp_path, write, name, grid, steps,
                             data):
    """Subtitles in whole per cent, without comments; whole frames."""
    none = st.just('') if name == 'a.vtt' else remarks
    segments = data.draw(segment_lists(grid, steps, none))
    write(make_result(segments), str(tmp_path / name))
    found = read_annotations(str(tmp_path / name)).segments
    assert rows(found) == rows(segments)


@given(st.sampled_from(MA52.labels), st.data())
@examples
def test_look_ups(label, data):
    """Case and blanks do not matter, a mark of doubt is told."""
    blanks = st.text(' \t\n', max_size=3)
    change = data.draw(st.sampled_from([str, str.upper, str.title]))
    for text in (label.name, label.code):
        spaced = ' '.join(x + data.draw(blanks) for x in change(text).split())
        assert find_action(data.draw(blanks) + spaced, MA52) == label
        assert parse_action(spaced, MA52) == (label, False)
        assert parse_action(f'{spaced} ?', MA52) == (label, True)
        assert parse_action(f'unsure: {text}', MA52) == (label, True)
    assert MA52.find(label.index) == MA52.find(label.name) == label


@given(st.text())
@examples
def test_other_labels_are_none(text):
    known = {x.casefold() for x in (*MA52.names, *MA52.codes)}
    known |= {x.casefold() for x, _ in MA52.aliases}
    found = find_action(text, MA52)
    assert found is None or ' '.join(text.split()).casefold() in known


@given(st.integers(0, 10**9), st.booleans())
@examples
def test_times(milliseconds, negative):
    """As BORIS and Excel write them."""
    seconds, rest = divmod(milliseconds, 1000)
    hours, minutes, left = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    days, sign = hours // 24, -1 if negative else 1
    for text in (f'{seconds}.{rest:03}',
                 f'{hours:02}:{minutes:02}:{left:02}.{rest:03}',
                 f'{days} day{"s" * (days != 1)}, {hours % 24}:{minutes:02}:'
                 f'{left:02}.{rest:03}'):  # yapf: disable
        found = _seconds('-' * negative + text)
        assert found == pytest.approx(sign * milliseconds / 1000, abs=1e-6)


@given(st.text(st.sampled_from('0123456789:.,-+ daysinfe_e'), max_size=12))
@examples
def test_other_times_are_none(text):
    found = _seconds(text)
    assert found is None or math.isfinite(found)


@given(st.text(st.sampled_from("=+-@'\t\r\n,;\"ab1. "), max_size=8))
@settings(examples, max_examples=200)
def test_no_cell_is_a_formula(tmp_path, text):
    """Nor does what we add stay when a table is read."""
    plain = plain_text(text)
    if plain[:1] in tuple('=+-@\t\r'):
        float(plain)
    assert plain in (text, f"'{text}")
    with open(tmp_path / 'a.csv', 'w', newline='') as file:
        csv.writer(file).writerows([['a', 'b'], ['x', plain]])
    found = read_table(str(tmp_path / 'a.csv'), strip=False)
    assert found.b.tolist() == [text] or '\r' in text
